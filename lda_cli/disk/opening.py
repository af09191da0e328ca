"""Opens files that others may have put where ours are kept: in a model, or in the corpus cache."""

import os
import stat
from io import BufferedReader
from pathlib import Path

# A pipe without a writer would keep us waiting; Windows has no such pipes, and wants to be told of bytes.
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: Path, folder: int | None = None) -> BufferedReader:
    """Open a file, or what a link leads to, to read its bytes; raises OSError, also for what is no file.

    folder : a descriptor of the folder that the path is relative to; else it is the working folder
    """
    return open(regular(os.open(path, os.O_RDONLY | _AT_ONCE, dir_fd=folder), path), "rb")


def regular(descriptor: int, path: Path | str) -> int:
    """Return a descriptor that is of a regular file; closes any other, and raises OSError."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(None, "not a regular file", str(path))
    return descriptor
