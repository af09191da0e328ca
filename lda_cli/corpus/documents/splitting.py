"""How long documents are split into parts, each a document. Between readers and tokenizer.

A part has a number of lines, paragraphs or tokens, and the last part has the rest: the parts joined are the
text. Parts are numbered from 1, also those without a word, so the same text gives the same ids.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise

from ...config import SplitConfig
from ..formats.records import Document
from ..terms.tokenizer import Tokenizer

# A line ends at LF, with or without CR, as in files of lines. A paragraph is a run of lines that are not
# blank. All quantifiers are possessive: time is linear in the text.
_UNITS = {
    "lines": re.compile(r".*+\n|.+"),
    "paragraphs": re.compile(r"^[^\S\n]*+\S.*+(?:\n[^\S\n]*+\S.*+)*+", re.MULTILINE),
}


def in_parts(documents: Iterable[Document], config: SplitConfig, tokenizer: Tokenizer) -> Iterator[Document]:
    """Yield the parts of each document, ids ending in #1, #2, ...; if config.by is None, the whole documents.

    The text between two units, for example blank lines, belongs to the one before it. A token is a match of
    the tokenizer's pattern, also a stop word or a short one.
    """
    if config.by is None:
        yield from documents
        return
    for name, text, metadata in documents:
        size = config.size or 1
        if config.by == "tokens":
            cuts = tokenizer.starts(text, size)
        else:
            cuts = [unit.start() for unit in islice(_UNITS[config.by].finditer(text), size, None, size)]
        for number, (start, end) in enumerate(pairwise([0, *cuts, len(text)]), start=1):
            yield Document(f"{name}#{number}", text[start:end], metadata)
