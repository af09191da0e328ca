"""From words that a person gives, as seeds or on the command line, to terms of a vocabulary."""

import re
from collections.abc import Mapping, Sequence

from .phrases import Phrases, joined
from .tokenizer import Tokenizer

Columns = Mapping[str, int]  # the column of each term

_WILD = {"*": ".*", "?": "."}


def column_of(word: str, columns: Columns, tokenizer: Tokenizer, phrases: Phrases | None) -> int | None:
    """Return the column of a word, or None. It is prepared, folded and stemmed as a word of a text.

    It may also be a stem, or a phrase as in a text.
    """
    prepared = tokenizer.prepared(word)
    for term in (tokenizer.normalize(prepared), tokenizer.fold(prepared), word):
        if term in columns:
            return columns[term]
    if phrases is not None:
        return columns.get(joined(term for _, _, term in tokenizer.spans(word)))
    return None


def columns_of(
    words: Sequence[str], columns: Columns, tokenizer: Tokenizer, phrases: Phrases | None
) -> tuple[list[int], list[str]]:
    """Return the columns of words and globs, each once and sorted, and the words that have none.

    In a glob * is any text, and ? one character; it is folded as words are, and matches whole terms.
    """
    found: set[int] = set()
    unknown = []
    for word in words:
        if is_glob(word):
            signs = (_WILD.get(sign) or re.escape(sign) for sign in tokenizer.folded(word))
            pattern = re.compile("".join(signs))
            matched = {column for term, column in columns.items() if pattern.fullmatch(term)}
        else:
            column = column_of(word, columns, tokenizer, phrases)
            matched = set() if column is None else {column}
        found |= matched
        if not matched:
            unknown.append(word)
    return sorted(found), unknown


def is_glob(word: str) -> bool:
    """Whether a word has a wildcard."""
    return not _WILD.keys().isdisjoint(word)
