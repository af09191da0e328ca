"""Long documents to parts that are documents of their own. Between readers and tokenizer.

A part is so many lines, paragraphs or tokens, the last one what is left; the texts of the parts put together
are the text. Parts are counted from 1, those without a word among them, so that the same text gives the same
ids; a text that is one part, or empty, is "#1".
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise

from ...config import SplitConfig
from ..inputs.formats import Document
from ..terms.tokenizer import Tokenizer

# A line ends at LF, with or without CR, as in files of lines. A paragraph is lines that are not blank, among
# blank ones. No quantifier gives back what it took: time is linear in the text.
_UNITS = {
    "lines": re.compile(r".*+\n|.+"),
    "paragraphs": re.compile(r"^[^\S\n]*+\S.*+(?:\n[^\S\n]*+\S.*+)*+", re.MULTILINE),
}


def in_parts(documents: Iterable[Document], config: SplitConfig, tokenizer: Tokenizer) -> Iterator[Document]:
    """Yield the parts of each document, ids ending in #1, #2, ...; if config.by is None, the whole documents.

    What stands between two units, such as blank lines, belongs to the one before it. A token is a match of
    the tokenizer's pattern, stop words and short ones too.
    """
    if config.by is None:
        yield from documents
        return
    for name, text in documents:
        units = tokenizer.matches(text) if config.by == "tokens" else _UNITS[config.by].finditer(text)
        cuts = [unit.start() for unit in islice(units, config.size, None, config.size)]
        for number, (start, end) in enumerate(pairwise([0, *cuts, len(text)]), start=1):
            yield Document(f"{name}#{number}", text[start:end])
