"""How texts are cut into the words of an imported model: what its terms show, and which can be no words.

The files of other tools do not say how their texts became words. A model learns it from its terms, so that
the same texts give the same words, as far as they show it.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from ..config import Config, TokenizerConfig
from ..corpus.terms.characters import auto_pattern, length
from ..corpus.terms.tokenizer import AUTO, Tokenizer

_WORDS = r"\w+"  # scikit-learn, with at least two characters
_LETTERS_WITHIN = r"[^\W\d_]+(?:(?:[^\w\s]|_)+[^\W\d_]+)*"  # MALLET: letters, with punctuation between them
_WORDS_WITHIN = r"\w+(?:[^\w\s]+\w+)*"
_NO_BLANKS = r"\S+"
_PATTERNS = (AUTO, _WORDS, _LETTERS_WITHIN, _WORDS_WITHIN)  # the first of those that fit best
_FEW = 0.01  # of all terms: so many may be no words of a pattern before texts were cut at blanks alone

_IN_WORDS = {
    AUTO: "words of letters",
    _WORDS: "words of letters, digits and _",
    _LETTERS_WITHIN: "words of letters, with punctuation inside",
    _WORDS_WITHIN: "words of letters and digits, with punctuation inside",
    _NO_BLANKS: "all between blanks",
}
_LEAST_LENGTH = 3  # at most; the shortest term of a small vocabulary may be long by chance


def with_tokenizer_of(terms: Sequence[str], config: Config) -> Config:
    """Return the config with a tokenizer whose words the terms can be, and without stop words."""
    tokenizer = TokenizerConfig(
        normalize="nfc" if all(unicodedata.is_normalized("NFC", term) for term in terms) else "none",
        pattern=_pattern_of(terms),
        lowercase=all(term == term.lower() for term in terms),
    )
    any_length = Tokenizer(replace(tokenizer, min_length=1))
    lengths = (length(term) for term in terms if _can_be_word(term, any_length))
    tokenizer = replace(tokenizer, min_length=max(1, min([*lengths, _LEAST_LENGTH])))
    return replace(config, tokenizer=tokenizer, vocabulary=replace(config.vocabulary, stop_words="none"))


def _pattern_of(terms: Sequence[str]) -> str:
    lost = {pattern: _n_lost(terms, pattern) for pattern in _PATTERNS}
    best = min(_PATTERNS, key=lost.__getitem__)
    return best if lost[best] <= _FEW * len(terms) else _NO_BLANKS


def _n_lost(terms: Sequence[str], pattern: str) -> int:
    is_word = (auto_pattern() if pattern == AUTO else re.compile(pattern)).fullmatch
    return sum(is_word(term) is None for term in terms)


def never_words(terms: Sequence[str], tokenizer: Tokenizer) -> list[str]:
    """Return the terms that can be no word of any text; none under stemming, where nobody can tell."""
    if tokenizer.config.stemming != "none":
        return []
    return [term for term in terms if not _can_be_word(term, tokenizer)]


def _can_be_word(term: str, tokenizer: Tokenizer) -> bool:
    tokens = tokenizer.tokens(term)
    return len(tokens) == 1 and tokenizer.normalize(tokens[0]) == term


def in_words(config: TokenizerConfig) -> str:
    """Say how texts are cut into words."""
    pattern = _IN_WORDS.get(config.pattern, f"matches of {config.pattern}")
    case = "in lower case" if config.lowercase else "in their case"
    return f"{pattern}, {case}, {config.min_length} characters or more"
