"""Files in the folder of a run, replaced as a whole by the one process that holds the lock."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .atomic import cannot_write, discard


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new binary file that takes the name `path` when the block ends well, and is gone when it does not.

    Not `whole_file`: what nobody else writes needs no name and no lock of its own, and whether it is to be
    flushed to the disk is for the block to say. Raises OutputError.
    """
    new = _new(path)
    try:
        with cannot_write(path):
            discard(new)  # what was put there since the lock was had is not written to
            with open(new, "xb") as file:
                yield file
            os.replace(new, path)
    finally:
        discard(new)


def discard_leftover(path: Path) -> None:
    """Delete what a run that was killed had written of a file that was to take the name `path`."""
    discard(_new(path))


def _new(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")
