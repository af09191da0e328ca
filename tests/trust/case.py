"""What is tried and what must hold: one list for the tests and for FAULTS.md."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.command import Result

from .scene import Scene, assert_one_line
from .warm import Warm

ERRORS = (2, 3, 4, 5, 6)
STANDS = "all is as it was"


@dataclass(frozen=True)
class Ground:
    """Where it is tried: a scene in `folder`, in which there is room for other files."""

    scene: Scene
    run: Warm
    folder: Path


@dataclass(frozen=True)
class Case:
    """One row.

    what : is tried; holds : what is true afterwards
    act : does it, and asserts what is particular to it
    said : by the one line of an error
    needs : why it cannot be tried here; nothing if it can
    """

    what: str
    status: int
    act: Callable[[Ground], Result]
    holds: str = STANDS
    said: str = ""
    needs: Callable[[], str] = lambda: ""

    def check(self, ground: Ground) -> None:
        """Try it; fails unless all holds."""
        ground.scene.restore()
        result = self.act(ground)
        assert result.status == self.status, result
        assert "Traceback" not in result.stderr
        if self.status in ERRORS:
            assert_one_line(result, self.said)
            assert ground.scene.assert_whole(), "something is not as it was"
        ground.scene.assert_goes_on(Scene.train)
