"""Text to terms: the matches of one pattern, folded. Between the readers and the vocabulary.

Callers that count keep a dict from raw token to column, so that `normalize` is called once for each distinct
token and not once for each token.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from string import ascii_lowercase

from ...config import TokenizerConfig
from ...config.complaints import close_to, hint
from ...errors import ConfigError

_RUNS_OF_LETTERS = r"[^\W\d_]+"
# A token of such a pattern is a run, as long as can be, of characters of one class.
_RUNS_OF_ONE_CLASS = re.compile(r"(?:\\[wWdDsS]|\[(?:[^\[\]\\]|\\[wWdDsS])+\])\+")
_PART = 1 << 7  # characters of a token that are taken apart at a time
_ASCII_LETTERS = bytes(code if chr(code).isalpha() else 32 for code in range(128)) + bytes(128)


class Tokenizer:
    """The tokens of a text, raw as they stand in it or normalised to terms."""

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
        # Else `probably`, a stop word, would have the stem of `probability`, and take that along.
        self._unstemmed = frozenset(map(self.fold, stop_words))

    def __reduce__(self) -> tuple[type["Tokenizer"], tuple[TokenizerConfig, Collection[str]]]:
        """Let another process make its own: a stemmer cannot be sent."""
        return Tokenizer, (self.config, self._unstemmed)

    def in_class(self, page: int) -> bytes:
        """Say of the 256 characters from 256 * page on whether tokens, if `is_one_class`, consist of them."""
        return bytes(bool(self._pattern.fullmatch(chr(code))) for code in range(256 * page, 256 * page + 256))

    @property
    def keeps_ascii(self) -> bool:
        """Whether a token in ASCII is its own term but for case, and the same token in either case.

        White space in it would be folded, and [a-z]+ finds other tokens in what is in lower case already.
        """
        are_in = self.in_class(0)
        has_space = any(are_in[code] for code in range(128) if chr(code).isspace())
        return not has_space and all(are_in[ord(a)] == are_in[ord(a.upper())] for a in ascii_lowercase)

    @property
    def stems(self) -> bool:
        """Whether a term is a stem, of a word that may be another."""
        return self._stem is not None

    def tokens(self, text: str) -> list[str]:
        """Return the raw tokens: the matches of the pattern.

        They may be folded already: that is the same to `normalize`.
        """
        if self.config.pattern == _RUNS_OF_LETTERS and text.isascii():  # the same, ten times as fast
            return text.encode("ascii").translate(self._letters).decode("ascii").split()
        return self._pattern.findall(text)

    def matches(self, text: str) -> Iterator[re.Match[str]]:
        """Return the match of each of `tokens`, one after the other."""
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
        """Return the term of a raw token, or "" when it is shorter than min_length or longer than max_length.

        The lengths are those of the word, whose stem may be shorter.
        """
        word = self.fold(raw)
        longest = self.config.max_length
        if len(word) < self.config.min_length or (longest is not None and len(word) > longest):
            return ""
        return word if self._stem is None or word in self._unstemmed else self._stem(word)

    def fold(self, raw: str) -> str:
        """Return `raw` without accents and in lower case, as the config says, white space as single spaces.

        A term is therefore always one line.
        """
        term = raw
        if self.config.strip_accents and not term.isascii():
            # İ is I and a dot: taken apart first, it folds to i as I does.
            term = _without_marks(term)
        if self.config.lowercase:
            term = term.lower()
        return " ".join(term.split())


def _without_marks(term: str) -> str:
    """Take characters apart and leave out the marks."""
    if len(term) > _PART:
        # The order into which Unicode puts marks takes the square of their number, and does not matter here.
        return "".join(_without_marks(term[first : first + _PART]) for first in range(0, len(term), _PART))
    decomposed = unicodedata.normalize("NFKD", term)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _stemmer(language: str) -> Callable[[str], str]:
    """Return the function from a word to its stem, by the algorithm that Snowball has for a language."""
    try:
        from Stemmer import Stemmer, algorithms
    except ImportError:
        raise ConfigError(
            f"tokenizer.stemming: the stems of {language!r} need another package, PyStemmer; "
            'pip install "lda-cli[stemming]"'
        ) from None
    try:
        # No cache: callers ask for each word once, and so a call never lets another thread in between.
        stem_word = Stemmer(language, 0).stemWord
    except (KeyError, UnicodeError):
        wanted = hint(close_to(language, algorithms()), f"give none, {', '.join(algorithms())}")
        raise ConfigError(f"tokenizer.stemming: PyStemmer has no {language!r}; {wanted}") from None

    def stem(word: str) -> str:
        try:
            return str(stem_word(word))
        except UnicodeEncodeError:  # half a surrogate pair, as the command line makes of a stray byte
            return word

    return stem
