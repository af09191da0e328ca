"""Every write, flush, rename, made to fail once: `python -m tests.trust faults` for all of them, in all ways.

train replaces a model, with checkpoints, and infer an output, while one call fails of those that change
something on the disk, or that one and all after it, or half of its bytes are written before the next fails.
"""

import argparse
import errno
import json
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import NamedTuple

from lda_cli.errors import LdaCliError

from .injector import ALL, NO_FAULT, Fault, Injector, injecting, why_not
from .scene import Scene, assert_one_line
from .warm import Warm, warm

ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)
WAYS = (
    *(Fault(ALL, error, is_once) for is_once in (True, False) for error in ERRORS),
    Fault(ALL, is_once=False, is_short=True),
)
# Nothing is lost where the former model and the new one can change places, or the former one be deleted, in
# another way too, nor when what was flushed, or the counts of the corpus, or a lock, are closed.
HARMLESS = re.compile(r"renameat2 |rename /\.model\.[0-9a-f]{8}\.new|close ")


class Stage(NamedTuple):
    """Where faults happen."""

    scene: Scene
    run: Warm
    injector: Injector


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """A scene in a folder, and runs in which calls may fail."""
    with injecting(folder) as injector, warm(injector.environment) as run:
        yield Stage(Scene(folder, run), run, injector)


def numbers(on: Stage, command: tuple[str, ...]) -> Iterator[int]:
    """The numbers of all calls of a command that can fail; slow runs tell of themselves more often."""
    on.scene.restore()
    on.injector.tell(NO_FAULT, on.scene.place)
    on.run(*command, cwd=on.scene.place)
    least = on.injector.count
    for n in count(1):
        yield n
        if n >= least and on.injector.count < n:
            return


def assert_survived(on: Stage, command: tuple[str, ...], fault: Fault, and_goes_on: bool = True) -> str:
    """One fault: status 5, a line that names a file, nothing lost, nothing left; returns what failed.

    and_goes_on : whether to run the command once more, with nothing in its way
    """
    on.scene.restore()
    on.injector.tell(fault, on.scene.place)
    result = on.run(*command, cwd=on.scene.place)
    on.injector.rest()
    failed = on.injector.failed.replace(str(on.scene.place), "")
    try:
        if result.status == 0 and (not failed or HARMLESS.match(failed)):
            assert not on.scene.assert_whole()
        else:
            assert result.status == 5, result
            assert_one_line(result, "model", "out.jsonl", "a temporary file in ")
            assert os.strerror(fault.error).lower() in result.stderr, result.stderr
            on.scene.assert_whole()
        if and_goes_on:
            on.scene.assert_goes_on(command)
    except (AssertionError, LdaCliError) as error:
        raise AssertionError(f"{command[0]}, {fault}, {failed or 'nothing failed'}: {error}") from error
    return failed


def survived(on: Stage, command: tuple[str, ...], ways: Iterable[Fault]) -> Counter[str]:
    """Make each call of a command fail, in each of the ways; the calls that did, by name."""
    faults = (way._replace(n=n) for way in ways for n in numbers(on, command))
    calls = (assert_survived(on, command, fault) for fault in faults)
    return Counter(call.split()[0] for call in calls if call)


def main(arguments: list[str]) -> int:
    """Make every call fail in every way; print how many did, as a line of JSON."""
    argparse.ArgumentParser(prog="python -m tests.trust faults", description=__doc__).parse_args(arguments)
    if reason := why_not():
        print(f"faults cannot be injected: {reason}")
        return 1
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder)) as on:
        found = {command[0]: survived(on, command, WAYS) for command in (Scene.train, Scene.infer)}
    calls = {name: count.total() // len(WAYS) for name, count in found.items()}
    by_name = sum(found.values(), Counter[str]())
    told = {"experiment": "faults", "ways": len(WAYS), "faults": by_name.total(), **calls, "calls": by_name}
    print(json.dumps(told))
    return 0
