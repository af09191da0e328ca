"""Files and folders of tests: written, and compared before and after."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

CACHE = re.compile(r"\..*\.cache")


def write(folder: Path, files: Mapping[str, bytes | str]) -> Path:
    """Make files and the folders that they are in; returns `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def snapshot(folder: Path) -> dict[str, bytes | str]:
    """Everything below a folder, hidden or not: bytes of files, targets of links.

    Corpus caches are left out: a run that fails may have filled one.
    """
    found: dict[str, bytes | str] = {}
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not CACHE.fullmatch(name)]
        for name in [*folders, *files]:
            path = Path(place, name)
            is_file = path.is_file() and not path.is_symlink()
            found[str(path.relative_to(folder))] = (
                path.read_bytes() if is_file else os.readlink(path) if path.is_symlink() else "folder"
            )
    return found


@contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    """Fails if anything below a folder is added, removed or altered in the block."""
    before = snapshot(folder)
    yield
    assert snapshot(folder) == before
