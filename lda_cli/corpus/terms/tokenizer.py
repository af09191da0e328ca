"""Text to terms: prepared, then the matches of one pattern, folded. Between the readers and the vocabulary.

Counters keep a dict from raw token to column, so `normalize` is called once for each distinct token.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from itertools import islice
from string import ascii_lowercase

import numpy as np

from ...config import TokenizerConfig
from ...config.complaints import close_to, hint
from ...errors import ConfigError
from .characters import JOINERS, auto_pattern, length, only_continues, without_accents
from .preparing import Edits, Preparation
from .rows import IntArray
from .segmenters import Segmenter
from .stop_words import english

AUTO = "auto"
_RUNS_OF_LETTERS = r"[^\W\d_]+"
# A token of such a pattern is the longest run of characters of one class.
_RUNS_OF_ONE_CLASS = re.compile(r"(?:\\[wWdDsS]|\[(?:[^\[\]\\]|\\[wWdDsS])+\])\+")
_APOSTROPHES = str.maketrans("\u2019\u02bc", "''")
_ASCII_LETTERS = bytes(code if chr(code).isalpha() else 32 for code in range(128)) + bytes(128)


class Tokenizer:
    """Finds the tokens of a text, and normalises them to terms."""

    def __init__(self, config: TokenizerConfig, stop_words: Collection[str] = ()) -> None:
        """Take a pattern that has no group; `stop_words` are never stemmed.

        Raises ConfigError for stemming in a language that PyStemmer does not know, and when PyStemmer or the
        library of the segmenter is not installed.
        """
        self.config = config
        self.is_one_class = config.pattern == AUTO or _RUNS_OF_ONE_CLASS.fullmatch(config.pattern) is not None
        self._preparation = Preparation(config)
        self.prepared = self._preparation.text  # of a text or a given word; its words may not be apart yet
        self._segmenter = None if config.segmenter == "none" else Segmenter(config.segmenter)
        self._letters = _ASCII_LETTERS.lower() if config.lowercase else _ASCII_LETTERS
        self._stem = None if config.stemming == "none" else _stemmer(config.stemming)
        # Stemmed, the stop word `probably` would be the stem of `probability`, and remove it too.
        self._unstemmed = frozenset() if self._stem is None else self.stop_terms(stop_words)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return auto_pattern() if self.config.pattern == AUTO else re.compile(self.config.pattern)

    def __reduce__(self) -> tuple[type["Tokenizer"], tuple[TokenizerConfig, Collection[str]]]:
        """Another process makes its own tokenizer: a stemmer cannot be pickled."""
        return Tokenizer, (self.config, self._unstemmed)

    def in_class(self, page: int) -> bytes:
        """Return the kind of each of 256 characters, from 256 * page on, where `is_one_class`.

        0 for one that is in no token, 1 for one that begins or continues a token, 2 for one that only
        continues it.
        """
        characters = map(chr, range(256 * page, 256 * page + 256))
        if self.config.pattern != AUTO:
            return bytes(bool(self._pattern.fullmatch(character)) for character in characters)
        is_letter = re.compile(_RUNS_OF_LETTERS).fullmatch
        return bytes(1 if is_letter(character) else 2 * only_continues(character) for character in characters)

    @property
    def keeps_ascii(self) -> bool:
        """Whether normalising can only change the case of a token in ASCII, and tokens do not depend on case.

        White space in a token would be folded, and [a-z]+ finds other tokens in lower case text.
        """
        are_in = self.in_class(0)
        has_space = any(are_in[code] for code in range(128) if chr(code).isspace())
        return not has_space and all(are_in[ord(a)] == are_in[ord(a.upper())] for a in ascii_lowercase)

    def apart(self, text: str) -> str:
        """Return the text in which tokens are found: prepared, with spaces around a segmenter's words."""
        text = self.prepared(text)
        return text if self._segmenter is None else self._segmenter.apart(text)

    def _apart_with_edits(self, text: str) -> tuple[str, list[Edits]]:
        """Return the text in which tokens are found, and the edits that made it so, the last ones first."""
        prepared, edits = self._preparation.with_edits(text)
        if self._segmenter is None or prepared.isascii():
            return prepared, edits
        apart, spaces = self._segmenter.with_edits(prepared)
        return apart, [spaces, *edits]

    def tokens(self, text: str) -> list[str]:
        """Return the raw tokens: matches in the text that `apart` returns, perhaps in lower case already."""
        text = self.apart(text)
        if self.config.pattern in (AUTO, _RUNS_OF_LETTERS) and text.isascii():  # the same, ten times as fast
            return text.encode("ascii").translate(self._letters).decode("ascii").split()
        return self._pattern.findall(text)

    def starts(self, text: str, step: int) -> list[int]:
        """Return the start of every `step`-th of `tokens` but the first, in characters of `text`."""
        apart, edits = self._apart_with_edits(text)
        matches = islice(self._pattern.finditer(apart), step, None, step)
        starts = np.array([match.start() for match in matches], np.int64)
        for edit in edits:
            starts, _ = edit.in_old(starts, starts)
        found: list[int] = starts.tolist()
        return found

    def raw_spans(self, text: str) -> tuple[IntArray, IntArray, list[str]]:
        """Return starts and ends, (N,) in characters of `text`, and raw tokens: all of `tokens`.

        A token that has a part of what preparing has replaced has all of it.
        """
        apart, edits = self._apart_with_edits(text)
        matches = list(self._pattern.finditer(apart))
        starts, ends = np.array([match.span() for match in matches], np.int64).reshape(-1, 2).T
        for edit in edits:
            starts, ends = edit.in_old(starts, ends)
        return starts, ends, [match[0] for match in matches]

    def spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and term of each token that is a term, in characters of `text`."""
        starts, ends, tokens = self.raw_spans(text)
        for start, end, raw in zip(starts.tolist(), ends.tolist(), tokens, strict=True):
            if term := self.normalize(raw):
                yield start, end, term

    def normalize(self, raw: str) -> str:
        """Return the term of a raw token, or "" if the word, before stemming, is too short or too long."""
        word = self.fold(raw)
        letters, longest = length(word), self.config.max_length
        if letters < self.config.min_length or (longest is not None and letters > longest):
            return ""
        return word if self._stem is None or word in self._unstemmed else self._stem(word)

    def folded(self, word: str) -> str:
        """Return a word that was given, such as a stop word, prepared and folded as those of a text."""
        return self.fold(self.prepared(word))

    def stop_terms(self, words: Iterable[str]) -> frozenset[str]:
        """Return the terms of stop words: each as it is, and the tokens it has in a text.

        Where the pattern cuts at apostrophes, aujourd'hui has two. Of an English contraction, a token that is
        a word of its own, such as won, is left out: it is not on the English list.
        """
        terms = set(map(self.folded, words := list(words)))
        for word in words:
            if not word.isalpha():
                tokens = set(map(self.fold, self.tokens(word)))
                terms |= tokens & english() if self.folded(word) in english() else tokens
        return frozenset(terms)

    def fold(self, raw: str) -> str:
        """Return `raw` without accents and in lower case, as the config says, with single spaces.

        Joiners at its end are dropped, and typographic apostrophes are those of a keyboard.
        """
        term = raw
        if not term.isascii():
            term = term.translate(_APOSTROPHES).rstrip(JOINERS)
            if self.config.strip_accents:
                term = without_accents(term)  # before lower(), since İ becomes I and then i
        if self.config.lowercase:
            term = term.lower()
        return " ".join(term.split())


def _stemmer(language: str) -> Callable[[str], str]:
    """Return the function from a word to its stem: Snowball's algorithm for a language."""
    try:
        from Stemmer import Stemmer, algorithms
    except ImportError:
        raise ConfigError(
            f"tokenizer.stemming: stems of {language!r} need the package PyStemmer; "
            'pip install "lda-cli[stemming]"'
        ) from None
    try:
        # Without a cache a call switches no threads; callers look up each word once.
        stem_word = Stemmer(language, 0).stemWord
    except (KeyError, UnicodeError):
        wanted = hint(close_to(language, algorithms()), f"give none, {', '.join(algorithms())}")
        raise ConfigError(f"tokenizer.stemming: PyStemmer has no {language!r}; {wanted}") from None

    def stem(word: str) -> str:
        try:
            return str(stem_word(word))
        except UnicodeEncodeError:  # an unpaired surrogate, from a stray byte on the command line
            return word

    return stem
