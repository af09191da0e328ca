"""A text cut at the ends of its sentences, which no phrase crosses. Between the text and the counters."""

import re
from itertools import pairwise

# White space after . ! ? ; : or a closing bracket, or before an opening one, perhaps with a quotation mark
# between; a blank line; and marks of scripts that have no space after them. A point within a word, as in 3.5,
# ends nothing. One class comes first, which `re` looks for fast; a run of white space is read once.
_UNSPACED = "\u3002\uff01\uff1f\uff1b\uff1a\u0964\u0965\u061f\u061b\u06d4"
_SPACED = r".!?;:\u2026)\]}"
_ENDS = re.compile(
    rf"""[\s{_SPACED}{_UNSPACED}]
    (?: (?<=[{_SPACED}]) ["'\u2019\u201d\u00bb]? \s++
      | (?<=\s) (?=["'\u2018\u201c\u00ab]?[(\[{{])
      | (?<=\n) [^\S\n]*+ \n
      | (?<=[{_UNSPACED}]) )""",
    re.VERBOSE,
)


def sentences(text: str) -> list[str]:
    """Return the parts of a text: joined, they are the text; there is at least one.

    Abbreviations are not known: `Mr. Smith` is cut too.
    """
    cuts = [end.end() for end in _ENDS.finditer(text)]
    return [text[first:last] for first, last in pairwise([0, *cuts, len(text)])]
