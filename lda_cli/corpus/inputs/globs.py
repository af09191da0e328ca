"""Globs over paths with forward slashes, as regular expressions: which files of a folder are its documents.

A whole segment `**` crosses any number of folders; `*` and `?` stay within a segment; `[a-z]` and `[!a-z]`
are sets. What lies between two wildcards is matched at the first place it fits and never tried again (an
atomic group), which loses nothing, since the wildcard behind it takes the rest: no glob takes for ever.
"""

import re
from collections.abc import Callable, Sequence
from itertools import chain

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
    pieces = ["".join(f"{segment}/" for segment in run) for run in before]
    return _with_gaps([*pieces, "/".join(last)], _ANY_FOLDERS)


def any_glob(globs: Sequence[str]) -> Callable[[str], object]:
    """Return a function that is true of the paths which at least one of `globs` matches."""
    if "**/*" in globs:  # any path: the default, and asked of every file
        return bool
    return re.compile("|".join(map(glob_regex, globs)) or _NOTHING).fullmatch


def _segment_regex(segment: str) -> str:
    pieces: list[list[str]] = [[]]
    sets_end = segment.rfind("]") + 1
    for token in chain(_TOKEN.finditer(segment, 0, sets_end), _TOKEN_BEHIND_SETS.finditer(segment, sets_end)):
        if token["stars"]:
            pieces.append([])
        elif token["any"]:
            pieces[-1].append("[^/]")
        elif token["set"]:
            pieces[-1].append(_set_regex(token["set"], negated=bool(token["not"])))
        else:
            pieces[-1].append(re.escape(token["char"]))
    return _with_gaps(list(map("".join, pieces)), _ANY_TEXT)


def _with_gaps(pieces: Sequence[str], gap: str) -> str:
    """Join `pieces` by `gap`, each piece between two gaps at the first place it fits."""
    if len(pieces) == 1:
        return pieces[0]
    first, *between, last = pieces
    return first + "".join(f"(?>{gap}?{piece})" for piece in between if piece) + gap + last


def _set_regex(members: str, negated: bool) -> str:
    ranges = [(low or char, high or char) for low, high, char in _RANGE.findall(members)]
    body = "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in ranges if low <= high)
    if not body:
        return "[^/]" if negated else _NOTHING
    return f"(?!/)[{'^' if negated else ''}{body}]"
