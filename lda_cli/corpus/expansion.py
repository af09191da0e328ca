"""An input that is a glob, to the paths that match it. Before the files.

A shell expands only what is not quoted, and a config is read by none. The rules are those of corpus.include,
a segment at a time, so that only folders that may hold a match are listed. A hidden name matches only a
segment that begins with a point.
"""

import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .globs import any_glob


def is_glob(path: str) -> bool:
    """Whether a path has a wildcard in it."""
    return any(wildcard in path for wildcard in "*?[")


class _Place(NamedTuple):
    """A path, and the segments of the glob that are still to be matched below it."""

    path: str
    segments: tuple[str, ...]


def matching_paths(glob: str, entered: Callable[[str], object] = lambda folder: None) -> list[str]:
    """Return the files and folders that match, sorted; what lies in a matching folder is not told again.

    entered : is called with each folder that is listed

    Raises OSError for a folder that cannot be listed.
    """
    start = _fixed(glob)
    found: set[str] = set()
    seen = {start}
    places = [start]  # a stack, since paths may be deep
    while places:
        place = places.pop()
        if not place.segments:
            found.add(place.path)
            continue
        below = set(_below(place, entered)) - seen
        seen |= below
        places += below
    return sorted(path for path in found if not any(above in found for above in _folders_of(path)))


def _fixed(glob: str) -> _Place:
    """Take the segments that are there as they stand for what they are."""
    path = "/" if glob.startswith("/") else ""
    segments = tuple(segment for segment in glob.split("/") if segment)
    while segments and os.path.isdir(os.path.join(path, segments[0])):
        path, segments = os.path.join(path, segments[0]), segments[1:]
    return _Place(path, segments)


def _below(place: _Place, entered: Callable[[str], object]) -> Iterator[_Place]:
    """Yield where the next segment may match."""
    segment, rest = place.segments[0], place.segments[1:]
    if not is_glob(segment):
        path = os.path.join(place.path, segment)
        if os.path.lexists(path):
            yield _Place(path, rest)
        return
    crosses = len(segment) > 1 and not segment.strip("*")
    if crosses and rest:
        yield _Place(place.path, rest)
    matches = any_glob([segment])
    for entry in _entries(place.path, entered):
        if entry.name.startswith(".") and not segment.startswith("."):
            continue
        if not crosses or not rest:
            if matches(entry.name):
                yield _Place(os.path.join(place.path, entry.name), rest)
        elif entry.is_dir(follow_symlinks=False):  # a link may lead in a circle
            yield _Place(os.path.join(place.path, entry.name), place.segments)


def _entries(folder: str, entered: Callable[[str], object]) -> list[os.DirEntry[str]]:
    if not os.path.isdir(folder or os.curdir):
        return []
    entered(folder or os.curdir)
    with os.scandir(folder or os.curdir) as entries:
        return list(entries)


def _folders_of(path: str) -> Iterator[str]:
    """Yield the folders that a path lies in."""
    while (above := os.path.dirname(path)) not in ("", path):
        yield above
        path = above
