"""Globs over paths with forward slashes: in corpus.include and corpus.exclude, and as inputs.

A whole segment `**` crosses any number of folders; `*` and `?` stay within a segment; `[a-z]` and `[!a-z]`
are sets. The text between two wildcards is matched at the first place it fits, in an atomic group: the
wildcard after it takes the rest, so no match is lost, and no glob takes exponential time.

A glob as an input is matched a segment at a time, so only folders that may hold a match are listed. A hidden
name matches only a segment that begins with a point.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..formats.records import composed

_ANY_TEXT = "[^/]*"
_ANY_FOLDERS = "(?:[^/]+/)*"
_NOTHING = "(?!)"

# A run of stars; a question mark; a set, in which a leading "]" is a member; any other character.
_SET = r"\[(?P<not>!|(?!!))(?P<set>\][^\]]*+|[^\]]++)\]"
_TOKEN = re.compile(rf"(?P<stars>\*+)|(?P<any>\?)|{_SET}|(?P<char>.)", re.DOTALL)
_RANGE = re.compile(r"(.)-(.)|(.)", re.DOTALL)


def glob_regex(glob: str) -> str:
    """Return the regular expression that fully matches the same relative paths as `glob`."""
    runs: list[list[str]] = [[]]  # the segments between one ** and the next
    for segment in glob.split("/"):
        if len(segment) > 1 and not segment.strip("*"):
            runs.append([])
        elif segment not in ("", "."):
            runs[-1].append(_segment_regex(segment))

    if len(runs) > 1 and not runs[-1]:  # a last ** stands for **/*: below the folder, not the folder
        runs[-1].append("[^/]+")
    *before, last = runs
    fixed = ["".join(f"{segment}/" for segment in run) for run in before]
    return _with_gaps([*fixed, "/".join(last)], _ANY_FOLDERS)


def any_glob(globs: Sequence[str]) -> Callable[[str], object]:
    """Return a function that says whether at least one of `globs` matches a path, both in NFC."""
    if "**/*" in globs:  # any path; a short cut, since it is the default
        return bool
    fullmatch = re.compile("|".join(glob_regex(composed(glob)) for glob in globs) or _NOTHING).fullmatch
    return lambda path: fullmatch(composed(path))


def _segment_regex(segment: str) -> str:
    fixed: list[list[str]] = [[]]
    for token in _TOKEN.finditer(segment):
        if token["stars"]:
            fixed.append([])
        elif token["any"]:
            fixed[-1].append("[^/]")
        elif token["set"]:
            fixed[-1].append(_set_regex(token["set"], negated=bool(token["not"])))
        else:
            fixed[-1].append(re.escape(token["char"]))
    return _with_gaps(list(map("".join, fixed)), _ANY_TEXT)


def _with_gaps(parts: Sequence[str], gap: str) -> str:
    """Join `parts` by `gap`, each part between two gaps at the first place it fits."""
    if len(parts) == 1:
        return parts[0]
    first, *between, last = parts
    return first + "".join(f"(?>{gap}?{part})" for part in between if part) + gap + last


def _set_regex(members: str, negated: bool) -> str:
    ranges = [(low or char, high or char) for low, high, char in _RANGE.findall(members)]
    body = "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in ranges if low <= high)
    if not body:
        return "[^/]" if negated else _NOTHING
    return f"(?!/)[{'^' if negated else ''}{body}]"


def is_glob(path: str) -> bool:
    """Whether a path has a wildcard in it."""
    return any(wildcard in path for wildcard in "*?[")


class _Place(NamedTuple):
    """A path, and the number of segments of the glob that it matches."""

    path: str
    n_matched: int


def matching_paths(glob: str, on_folder: Callable[[str], object] = lambda folder: None) -> list[str]:
    """Return the files and folders that match, sorted, but no path within a matching folder.

    on_folder : called with each folder that is listed

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
        below = set(_below(place, segments, on_folder)) - seen
        seen |= below
        places += below
    return sorted(path for path in found if not any(above in found for above in _folders_of(path)))


def _segments(glob: str) -> list[str]:
    """Divide a glob into segments; of several ** in a row, only the last one is kept."""
    segments = [segment for segment in glob.split("/") if segment]
    return [
        segment
        for number, segment in enumerate(segments)
        if not (_crosses(segments, number) and _crosses(segments, number + 1))
    ]


def _crosses(segments: Sequence[str], number: int) -> bool:
    """Whether a segment stands for any number of folders; a last ** stands for their contents."""
    segment = segments[number]
    return len(segment) > 1 and not segment.strip("*") and number + 1 < len(segments)


def _fixed(path: str, segments: Sequence[str]) -> _Place:
    """Follow the first segments that are names of existing folders, whatever characters they have."""
    n_fixed = 0
    while n_fixed < len(segments) and os.path.isdir(below := os.path.join(path, segments[n_fixed])):
        path, n_fixed = below, n_fixed + 1
    return _Place(path, n_fixed)


def _below(place: _Place, segments: Sequence[str], on_folder: Callable[[str], object]) -> Iterator[_Place]:
    """Yield the places where the next segment may match."""
    path, number = place
    segment = segments[number]
    if not is_glob(segment):
        below = os.path.join(path, segment)
        if os.path.lexists(below):
            yield _Place(below, number + 1)
        if segment.isascii() or os.path.lexists(below):
            return
    crosses = _crosses(segments, number)
    if crosses:
        yield _Place(path, number + 1)
    matches = any_glob([segment])
    for entry in _entries(path, on_folder):
        if entry.name.startswith(".") and not segment.startswith("."):
            continue
        if not crosses:
            if matches(entry.name):
                yield _Place(os.path.join(path, entry.name), number + 1)
        elif entry.is_dir(follow_symlinks=False):  # a link may be circular
            yield _Place(os.path.join(path, entry.name), number)


def _entries(folder: str, on_folder: Callable[[str], object]) -> list[os.DirEntry[str]]:
    folder = folder or os.curdir
    if not os.path.isdir(folder):
        return []
    on_folder(folder)
    with os.scandir(folder) as entries:
        return list(entries)


def _folders_of(path: str) -> Iterator[str]:
    """Yield the folders that contain a path."""
    while (above := os.path.dirname(path)) not in ("", path):
        yield above
        path = above
