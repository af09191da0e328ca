"""Globs over paths with forward slashes: which files of a folder are documents, and which an input names.

A whole segment `**` crosses any number of folders; `*` and `?` stay within a segment; `[a-z]` and `[!a-z]`
are sets. What lies between two wildcards is matched at the first place it fits and never tried again (an
atomic group), which loses nothing, since the wildcard behind it takes the rest: no glob takes for ever.

A glob as an input, which no shell has expanded, is matched a segment at a time, so that only folders that may
hold a match are listed. A hidden name matches only a segment that begins with a point.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

_ANY_TEXT = "[^/]*"
_ANY_FOLDERS = "(?:[^/]+/)*"
_NOTHING = "(?!)"

# A run of stars; a question mark; a set, in which a leading "]" is a member; any other character. Behind the
# last "]" no set can end: nobody looks for its end there, from each of a thousand "[".
_SET = r"\[(?P<not>!|(?!!))(?P<set>\][^\]]*+|[^\]]++)\]"
_TOKEN = re.compile(rf"(?P<stars>\*+)|(?P<any>\?)|{_SET}|(?P<char>.)", re.DOTALL)
_TOKEN_BEHIND_SETS = re.compile(r"(?P<stars>\*+)|(?P<any>\?)|(?P<set>(?!))|(?P<char>.)", re.DOTALL)
_RANGE = re.compile(r"(.)-(.)|(.)", re.DOTALL)


def glob_regex(glob: str) -> str:
    """Return the regular expression that fully matches the same relative paths as `glob`."""
    runs: list[list[str]] = [[]]  # the segments between one ** and the next
    for segment in glob.split("/"):
        if len(segment) > 1 and not segment.strip("*"):
            runs.append([])
        elif segment not in ("", "."):
            runs[-1].append(_segment_regex(segment))

    if len(runs) > 1 and not runs[-1]:  # a last ** stands for **/*: what is below the folder, not the folder
        runs[-1].append("[^/]+")
    *before, last = runs
    chunks = ["".join(f"{segment}/" for segment in run) for run in before]
    return _with_gaps([*chunks, "/".join(last)], _ANY_FOLDERS)


def any_glob(globs: Sequence[str]) -> Callable[[str], object]:
    """Return a function that is true of the paths which at least one of `globs` matches."""
    if "**/*" in globs:  # any path: the default, and asked of every file
        return bool
    return re.compile("|".join(map(glob_regex, globs)) or _NOTHING).fullmatch


def _segment_regex(segment: str) -> str:
    chunks: list[list[str]] = [[]]
    sets_end = segment.rfind("]") + 1
    for token in chain(_TOKEN.finditer(segment, 0, sets_end), _TOKEN_BEHIND_SETS.finditer(segment, sets_end)):
        if token["stars"]:
            chunks.append([])
        elif token["any"]:
            chunks[-1].append("[^/]")
        elif token["set"]:
            chunks[-1].append(_set_regex(token["set"], negated=bool(token["not"])))
        else:
            chunks[-1].append(re.escape(token["char"]))
    return _with_gaps(list(map("".join, chunks)), _ANY_TEXT)


def _with_gaps(chunks: Sequence[str], gap: str) -> str:
    """Join `chunks` by `gap`, each chunk between two gaps at the first place it fits."""
    if len(chunks) == 1:
        return chunks[0]
    first, *between, last = chunks
    return first + "".join(f"(?>{gap}?{chunk})" for chunk in between if chunk) + gap + last


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
