"""An input that is a glob, to the paths that match it. Before the files.

A shell expands only what is not quoted, and a config is read by none. The rules are those of corpus.include,
a segment at a time, so that only folders that may hold a match are listed. A hidden name matches only a
segment that begins with a point.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from .globs import any_glob


def is_glob(path: str) -> bool:
    """Whether a path has a wildcard in it."""
    return any(wildcard in path for wildcard in "*?[")


class _Place(NamedTuple):
    """A path, and how many segments of the glob led there."""

    path: str
    n_matched: int


def matching_paths(glob: str, entered: Callable[[str], object] = lambda folder: None) -> list[str]:
    """Return the files and folders that match, sorted; what lies in a matching folder is not told again.

    entered : is called with each folder that is listed

    Raises OSError for a folder that cannot be listed.
    """
    segments = _segments(glob)
    start = _fixed("/" if glob.startswith("/") else "", segments)
    found: set[str] = set()
    seen = {start}
    places = [start]  # a stack, since paths may be deep
    while places:
        place = places.pop()
        if place.n_matched == len(segments):
            found.add(place.path)
            continue
        below = set(_below(place, segments, entered)) - seen
        seen |= below
        places += below
    return sorted(path for path in found if not any(above in found for above in _folders_of(path)))


def divided(glob: str) -> tuple[str, str]:
    """Return the folder that a glob begins with, "" for the working one, and what is to be matched in it."""
    segments = _segments(glob)
    path, n_matched = _fixed("/" if glob.startswith("/") else "", segments)
    return path, "/".join(segments[n_matched:])


def _segments(glob: str) -> list[str]:
    """Divide a glob; of several ** that cross folders, one behind the other, one is enough."""
    segments = [segment for segment in glob.split("/") if segment]
    return [
        segment
        for number, segment in enumerate(segments)
        if not (_crosses(segments, number) and _crosses(segments, number + 1))
    ]


def _crosses(segments: Sequence[str], number: int) -> bool:
    """Whether a segment stands for any number of folders: the last one is what is in them."""
    segment = segments[number]
    return len(segment) > 1 and not segment.strip("*") and number + 1 < len(segments)


def _fixed(path: str, segments: Sequence[str]) -> _Place:
    """Take the segments that are there as they stand for what they are."""
    n_fixed = 0
    while n_fixed < len(segments) and os.path.isdir(below := os.path.join(path, segments[n_fixed])):
        path, n_fixed = below, n_fixed + 1
    return _Place(path, n_fixed)


def _below(place: _Place, segments: Sequence[str], entered: Callable[[str], object]) -> Iterator[_Place]:
    """Yield where the next segment may match."""
    path, number = place
    segment = segments[number]
    if not is_glob(segment):
        path = os.path.join(path, segment)
        if os.path.lexists(path):
            yield _Place(path, number + 1)
        return
    crosses = _crosses(segments, number)
    if crosses:
        yield _Place(path, number + 1)
    matches = any_glob([segment])
    for entry in _entries(path, entered):
        if entry.name.startswith(".") and not segment.startswith("."):
            continue
        if not crosses:
            if matches(entry.name):
                yield _Place(os.path.join(path, entry.name), number + 1)
        elif entry.is_dir(follow_symlinks=False):  # a link may lead in a circle
            yield _Place(os.path.join(path, entry.name), number)


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
