"""JSON packed by gzip, as the corpus cache keeps it: what others have put in its place does no harm."""

import gzip
import json
import os
import zlib
from pathlib import Path
from typing import Any

from ...disk.atomic import whole_file
from ...disk.opening import open_regular

# What unpacks to more than so many times its size, and so many bytes, is no JSON of ours: ours is stored as
# it is where it would be packed tighter. A small file never fills the memory.
_TIMES = 16
_BYTES_MORE = 1 << 20


def load_json(path: Path) -> Any:
    """Return what a file holds; None if it is not there, damaged, no regular file, or none of ours."""
    try:
        with open_regular(path) as file, gzip.open(file) as stream:
            at_most = _at_most(os.fstat(file.fileno()).st_size)
            data = bytearray()
            while piece := stream.read(_BYTES_MORE):
                data += piece
                if len(data) > at_most:
                    return None
        return json.loads(data)
    except (OSError, EOFError, zlib.error, ValueError, RecursionError):
        return None


def save_json(path: Path, value: object) -> None:
    """Replace a file as a whole, and what is no regular file, such as a link, too. Raises OutputError."""
    data = json.dumps(value).encode()
    packed = gzip.compress(data, compresslevel=1, mtime=0)
    if len(data) > _at_most(len(packed)):
        packed = gzip.compress(data, compresslevel=0, mtime=0)
    if path.is_symlink() or (path.exists() and not path.is_file()):
        path.unlink()
    with whole_file(path) as stream:
        stream.write(packed)


def _at_most(n_packed: int) -> int:
    return _TIMES * n_packed + _BYTES_MORE
