"""A text cut at the ends of its sentences, which no phrase crosses. Between the text and the counters."""

import re
from itertools import pairwise

# White space after . ! ? ; : or a closing bracket, or before an opening one, perhaps with a quotation mark
# between; a blank line; and marks that need no space after them: those of other scripts, brackets of East
# Asia, and the separator of paragraphs. A point within a word, as in 3.5, ends nothing. One class comes
# first, which `re` looks for fast; a run of white space is read once.
_UNSPACED = (
    "\u3002\uff0e\uff61\uff01\uff1f\uff1b\uff1a\u0964\u0965\u061f\u061b\u06d4"  # of Chinese, Hindi, Arabic
    "\u037e\u0387\u0589\u0700-\u0702\u1362\u1364-\u1368"  # of Greek, Armenian, Syriac, Ethiopic
    "\u104a\u104b\u17d4\u17d5\u0f0d\u0f0e\u203c\u203d\u2047-\u2049\u2029"  # of Burmese, Khmer, Tibetan; !?
    "\u3008-\u3011\u3014-\u301b\uff08\uff09\uff3b\uff3d\uff5b\uff5d\uff62\uff63"  # brackets
)
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
