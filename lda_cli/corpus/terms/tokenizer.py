"""Text to terms: the matches of one pattern, folded. Between the readers and the vocabulary.

Counters keep a dict from raw token to column, so `normalize` is called once for each distinct token.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from string import ascii_lowercase

from ...config import TokenizerConfig
from ...config.complaints import close_to, hint
from ...errors import ConfigError

_RUNS_OF_LETTERS = r"[^\W\d_]+"
# A token of such a pattern is the longest run of characters of one class.
_RUNS_OF_ONE_CLASS = re.compile(r"(?:\\[wWdDsS]|\[(?:[^\[\]\\]|\\[wWdDsS])+\])\+")
_PART = 1 << 7  # characters that are decomposed at a time
_ASCII_LETTERS = bytes(code if chr(code).isalpha() else 32 for code in range(128)) + bytes(128)


class Tokenizer:
    """Finds the tokens of a text, and normalises them to terms."""

    def __init__(self, config: TokenizerConfig, stop_words: Collection[str] = ()) -> None:
        """Compile the pattern, which has no group; `stop_words` are never stemmed.

        Raises ConfigError for stemming in a language that PyStemmer does not know, or when PyStemmer is not
        installed.
        """
        self._pattern = re.compile(config.pattern)
        self.config = config
        self.is_one_class = _RUNS_OF_ONE_CLASS.fullmatch(config.pattern) is not None
        self._letters = _ASCII_LETTERS.lower() if config.lowercase else _ASCII_LETTERS
        self._stem = None if config.stemming == "none" else _stemmer(config.stemming)
        # Stemmed, the stop word `probably` would be the stem of `probability`, and remove it too.
        self._unstemmed = frozenset(map(self.fold, stop_words))

    def __reduce__(self) -> tuple[type["Tokenizer"], tuple[TokenizerConfig, Collection[str]]]:
        """Another process makes its own tokenizer: a stemmer cannot be pickled."""
        return Tokenizer, (self.config, self._unstemmed)

    def in_class(self, page: int) -> bytes:
        """Return whether each of 256 characters, from 256 * page on, is in the class of `is_one_class`."""
        return bytes(bool(self._pattern.fullmatch(chr(code))) for code in range(256 * page, 256 * page + 256))

    @property
    def keeps_ascii(self) -> bool:
        """Whether normalising can only change the case of a token in ASCII, and tokens do not depend on case.

        White space in a token would be folded, and [a-z]+ finds other tokens in lower case text.
        """
        are_in = self.in_class(0)
        has_space = any(are_in[code] for code in range(128) if chr(code).isspace())
        return not has_space and all(are_in[ord(a)] == are_in[ord(a.upper())] for a in ascii_lowercase)

    def tokens(self, text: str) -> list[str]:
        """Return the raw tokens: the matches of the pattern, perhaps in lower case already."""
        if self.config.pattern == _RUNS_OF_LETTERS and text.isascii():  # the same, ten times as fast
            return text.encode("ascii").translate(self._letters).decode("ascii").split()
        return self._pattern.findall(text)

    def matches(self, text: str) -> Iterator[re.Match[str]]:
        """Yield the match of each of `tokens`."""
        return self._pattern.finditer(text)

    def raw_spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Return start, end and raw token of each of `tokens`, in characters of `text`."""
        return ((*match.span(), match[0]) for match in self.matches(text))

    def spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and term of each token that is a term, in characters of `text`."""
        for start, end, raw in self.raw_spans(text):
            if term := self.normalize(raw):
                yield start, end, term

    def normalize(self, raw: str) -> str:
        """Return the term of a raw token, or "" if the word, before stemming, is too short or too long."""
        word = self.fold(raw)
        longest = self.config.max_length
        if len(word) < self.config.min_length or (longest is not None and len(word) > longest):
            return ""
        return word if self._stem is None or word in self._unstemmed else self._stem(word)

    def fold(self, raw: str) -> str:
        """Return `raw` without accents and in lower case, as the config says, with single spaces."""
        term = raw
        if self.config.strip_accents and not term.isascii():
            term = _without_marks(term)  # before lower(), since İ becomes I and then i
        if self.config.lowercase:
            term = term.lower()
        return " ".join(term.split())


def _without_marks(term: str) -> str:
    """Decompose characters, and leave out the combining marks."""
    if len(term) > _PART:
        # Sorting marks takes quadratic time, and their order does not matter here.
        return "".join(_without_marks(term[first : first + _PART]) for first in range(0, len(term), _PART))
    decomposed = unicodedata.normalize("NFKD", term)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


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
