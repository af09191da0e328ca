"""Words of scripts without spaces: found by a library for each language. Between preparing and the tokenizer.

A segmenter puts spaces around the words in runs of letters of its script, so that the tokenizer's pattern
finds each of them. The rest of a text stays as it is. The libraries are those of the extra `segmentation`.
Their dictionaries are in their packages: nothing is downloaded.
"""

import os
import re
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from ...errors import ConfigError
from .characters import MARKS_AT_MOST, marks
from .preparing import Edits
from .rows import IntArray

Cut = Callable[[str], Sequence[str]]  # from a run of letters to its words, which joined are the run

_HAN = "\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_THAI = "\u0e01-\u0e3a\u0e40-\u0e4e"
_OTHERS = "\u0e81-\u0ece\u1000-\u103f\u1050-\u109f\u1780-\u17d3"  # Lao, Burmese, Khmer

# A longer run is cut there: SudachiPy refuses one of 48 KiB, and newmm takes quadratic time.
_LETTERS_AT_MOST = 1000


def _chinese() -> Cut:
    """Return jieba's method (a dictionary, and a hidden Markov model for other words), in Rust."""
    import rjieba

    cut: Cut = rjieba.cut
    return cut


def _japanese() -> Cut:
    """Return Sudachi's method, a lattice over a dictionary, with its shortest units."""
    from sudachipy import Dictionary, SplitMode

    tokenize = Dictionary(dict="core").tokenizer(mode=SplitMode.A).tokenize
    return lambda run: [morpheme.surface() for morpheme in tokenize(run)]


def _thai() -> Cut:
    """Return PyThaiNLP's newmm: maximal matching in a dictionary, within the clusters of the script."""
    read_only = "PYTHAINLP_READ_ONLY"
    is_ours = not os.environ.keys() & {read_only, "PYTHAINLP_READ_MODE"}
    if is_ours:
        os.environ[read_only] = "1"  # else the import makes a folder in the user's home
    try:
        from pythainlp.tokenize.newmm import segment
    finally:
        if is_ours:
            del os.environ[read_only]
    cut: Cut = segment
    return cut


class _Language(NamedTuple):
    letters: str  # ranges for a class of a regular expression
    load: Callable[[], Cut]
    packages: str


_LANGUAGES = {
    "chinese": _Language(_HAN, _chinese, "rjieba"),
    "japanese": _Language(_HAN + _KANA, _japanese, "SudachiPy and sudachidict-core"),
    "thai": _Language(_THAI, _thai, "pythainlp"),
}


class Segmenter:
    """Puts spaces around the words of one language."""

    def __init__(self, language: str) -> None:
        """Load the dictionary, which processes that are forked share.

        Raises ConfigError if the library is not installed.
        """
        letters, load, packages = _LANGUAGES[language]
        mark, more, last = f"[{marks()}]", f"{{0,{_LETTERS_AT_MOST - 1}}}+", f"{{0,{MARKS_AT_MOST}}}+"
        # Some letters of Thai are marks: they begin neither a run nor a word.
        self._runs = re.compile(f"[{letters}](?<!{mark})[{letters}{marks()}]{more}{mark}{last}")
        self._space_before_mark = re.compile(f" (?={mark})")
        try:
            self._cut = load()
            self._cut(letters[0])
        except ImportError:
            raise ConfigError(
                f'tokenizer.segmenter: {language} needs {packages}; pip install "lda-cli[segmentation]"'
            ) from None

    def apart(self, text: str) -> str:
        """Return a text with a space before and after each word."""
        return text if text.isascii() else self._runs.sub(lambda run: f" {self._spaced(run[0])} ", text)

    def with_edits(self, text: str) -> tuple[str, Edits]:
        """Return what `apart` returns, and its spaces as edits of `text`."""
        inserted: list[tuple[int, int, int]] = []

        def spaced(run: re.Match[str]) -> str:
            words = self._spaced(run[0])
            places = accumulate(map(len, words.split(" ")), initial=run.start())
            inserted.extend((place, place, 1) for place in places)
            return f" {words} "

        return self._runs.sub(spaced, text), Edits.of(inserted)

    def _spaced(self, run: str) -> str:
        return self._space_before_mark.sub("", " ".join(self._cut(run)))


# Letters of scripts without spaces, and how long a word of them can be, on average over a corpus.
_UNSPACED = {
    "han": (re.compile(f"[{_HAN}]"), 4),
    "kana": (re.compile(f"[{_KANA}]"), 4),
    "thai": (re.compile(f"[{_THAI}]"), 10),
    "other": (re.compile(f"[{_OTHERS}]"), 10),
}
_KANA_IN_JAPANESE = 0.1  # of its letters, at least


def advice(terms: Sequence[str], occurrences: IntArray) -> str | None:
    """Return a line that names the setting, if most letters are of a script without spaces.

    None if the terms are so short that the words of the text are apart already.

    terms : V of them, found without a segmenter
    occurrences : (V,)
    """
    amounts = {term: int(occurrences[place]) for place, term in enumerate(terms) if not term.isascii()}
    n_letters = int(np.fromiter(map(len, terms), np.int64, len(terms)) @ occurrences)
    if 2 * sum(amount * len(term) for term, amount in amounts.items()) <= n_letters:
        return None
    of_script = {
        script: sum(amount * len(letter.findall(term)) for term, amount in amounts.items())
        for script, (letter, _) in _UNSPACED.items()
    }
    if 2 * sum(of_script.values()) <= n_letters:
        return None
    main = max(of_script, key=of_script.__getitem__)
    letter, longest = _UNSPACED[main]
    n_terms = sum(amount for term, amount in amounts.items() if letter.search(term))
    if of_script[main] <= longest * n_terms:
        return None
    remedy = "separate the words by spaces"  # lda-cli has no segmenter for these
    if main != "other":
        is_japanese = of_script["kana"] >= _KANA_IN_JAPANESE * (of_script["han"] + of_script["kana"])
        language = "thai" if main == "thai" else "japanese" if is_japanese else "chinese"
        remedy = f"set tokenizer.segmenter to {language}"
    return f"most letters are of a script without spaces between words, so whole clauses are terms; {remedy}"
