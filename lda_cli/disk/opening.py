"""Opens files of a model or a cache, where somebody may have put a pipe or a device instead."""

import os
import stat
from io import BufferedReader
from pathlib import Path

# Without O_NONBLOCK, opening a pipe waits for its writer. O_BINARY is for Windows.
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: Path, folder: int | None = None) -> BufferedReader:
    """Open a file, or the target of a link, to read bytes. Raises OSError, also if it is not a regular file.

    folder : a descriptor of the folder that the path is relative to; by default the working folder
    """
    return open(regular(os.open(path, os.O_RDONLY | _AT_ONCE, dir_fd=folder), path), "rb")


def regular(descriptor: int, path: Path | str) -> int:
    """Return the descriptor of a regular file; close any other, and raise OSError."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(None, "not a regular file", str(path))
    return descriptor
