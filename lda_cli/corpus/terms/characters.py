"""Which characters are marks and which count double, from Python's tables of Unicode. Below the tokenizer."""

import re
import unicodedata
from functools import cache

# Conjoining Jamo, vowel signs of Kirat Rai, and what NFKC turns into Jamo and marks. With marks, these are
# all characters that normalisation can join to the one before them.
_JOINED_BY_NORMALISATION = (
    "\u0e33\u0eb3\u1161-\u1175\u11a8-\u11c2\u3131-\u318e\uff9e-\uffdc\U00016d63-\U00016d6a"
)
MARKS_AT_MOST = 30  # in a row, as in Unicode's stream-safe form (UAX 15)
JOINERS = "\u200c\u200d"

# Ideographs, syllables, pictures and private use: parts of Unicode without marks, from and to before.
_WITHOUT_MARKS = (
    (0x3400, 0xA000),
    (0xAC00, 0xFB00),
    (0x17000, 0x1BC00),
    (0x1F000, 0xE0000),
    (0xE0200, 0x110000),
)
_WIDE = re.compile("[\u2e80-\u2fdf\u3005\u3007\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]")


@cache
def marks() -> str:
    """Return the marks (Mn, Mc, Me) as ranges for a class of a regular expression: `a-bc-d`."""
    found, start = "", 0
    for first, end in (*_WITHOUT_MARKS, (0x110000, 0x110000)):
        codes = [code for code in range(start, first) if unicodedata.category(chr(code))[0] == "M"]
        for place, code in enumerate(codes):
            if place == 0 or codes[place - 1] != code - 1:
                found += f"{chr(code)}-"
            if place == len(codes) - 1 or codes[place + 1] != code + 1:
                found += chr(code)
        start = end
    return found


@cache
def auto_pattern() -> re.Pattern[str]:
    """Return the pattern `auto`: a letter, then letters, marks and the joiners U+200C and U+200D."""
    return re.compile(rf"[^\W\d_]++(?:{_one_of(JOINERS, marks())}++[^\W\d_]*+)*+")


def only_continues(character: str) -> bool:
    """Whether a character can be in a token of `auto`, but begins none."""
    return character in JOINERS or unicodedata.category(character)[0] == "M"


@cache
def segment() -> re.Pattern[str]:
    """Return the pattern of text that is normalised independently of what is around it.

    A character and what can be joined to it, at most 30 of them.
    """
    return re.compile(rf"[\s\S]{_one_of(marks(), _JOINED_BY_NORMALISATION)}{{0,{MARKS_AT_MOST}}}+")


@cache
def _longest_segment() -> re.Pattern[str]:
    return re.compile(rf"[\s\S]{_one_of(marks(), _JOINED_BY_NORMALISATION)}{{{MARKS_AT_MOST}}}")


def _one_of(*classes: str) -> str:
    """Return a pattern of a character of `classes`, each with U+10000 to U+10FFFF last.

    `re` has a table for a class of the characters below U+10000; in others it tries each range, ten times
    as slow. No mark is below U+0300.
    """
    halves = [re.split("(?=[\U00010000-\U0010ffff])", ranges, maxsplit=1) for ranges in classes]
    below = "".join(half[0] for half in halves)
    above = "".join(half[1] for half in halves if len(half) > 1)
    return rf"(?:(?=[^\x00-\u02ff])(?:[{below}]|(?=[^\x00-\uffff])[{above}]))"


def in_form(form: str, text: str) -> str:
    """Return `text` in a normalisation form of Unicode, NFC, NFD, NFKC or NFKD, in linear time.

    Sorting marks takes quadratic time, so that a run of more than 30 marks is normalised in parts.
    """
    if unicodedata.is_normalized(form, text):  # type: ignore[arg-type]
        return text
    parts, start = [], 0
    for match in _longest_segment().finditer(text):
        parts.append(text[start : match.end()])
        start = match.end()
    return "".join(unicodedata.normalize(form, part) for part in [*parts, text[start:]])  # type: ignore[arg-type]


def length(word: str) -> int:
    """Count letters; an ideograph or a Hangul syllable counts as two.

    Vowel signs are letters too, as those of Hindi and Thai: marks of combining class 0. Accents, points,
    tones and joiners do not count.
    """
    if word.isascii():
        return len(word)
    extra = sum(unicodedata.combining(character) != 0 or character in JOINERS for character in word)
    return len(word) - extra + len(_WIDE.findall(word))


def without_accents(term: str) -> str:
    """Take ligatures apart, and leave out accents, and the points of Arabic, Hebrew and Syriac.

    By canonical combining class: 1, 10 to 36, and 202 to 240. Vowel signs, viramas and tones of other
    scripts, and the marks of voiced kana, have other classes: without them, a word would be another one. The
    vowel AM of Thai and Lao is put together again.
    """
    decomposed = in_form("NFKD", term)
    plain = "".join(character for character in decomposed if not _is_accent(character))
    return in_form("NFC", plain.replace("\u0e4d\u0e32", "\u0e33").replace("\u0ecd\u0eb2", "\u0eb3"))


def _is_accent(character: str) -> bool:
    kind = unicodedata.combining(character)
    return kind == 1 or 10 <= kind <= 36 or 202 <= kind <= 240
