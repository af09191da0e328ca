"""The same words for every tool: documents tokenised and pruned by our defaults, a fifth of them held out.

The folder that the tools read and the scores use:

train.txt        a document a line, its terms in the order of the text
vocabulary.txt   a term a line, sorted
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from lda_cli.config import Config
from lda_cli.corpus.terms.stop_words import load_stop_words
from lda_cli.corpus.terms.tokenizer import Tokenizer

from .corpora import Document


@dataclass(frozen=True)
class Words:
    """What training and scoring need, as counts over the vocabulary.

    train : (D, V); seen, scored : (D', V), the words at even and at odd positions of documents held out
    """

    vocabulary: list[str]
    train: csr_matrix
    seen: csr_matrix
    scored: csr_matrix


def prepare(documents: Iterable[Document], folder: Path, least_scored: int) -> Words:
    """Write what the tools read, and keep what the scores need: held-out documents of so many known words."""
    train, held_out = [], []
    settings = Config()
    tokenizer, stop_words = Tokenizer(settings.tokenizer), load_stop_words(settings.vocabulary)
    for name, text in documents:
        terms = [term for raw in tokenizer.tokens(text) if (term := tokenizer.normalize(raw))]
        (held_out if _is_held_out(name) else train).append([t for t in terms if t not in stop_words])
    in_documents = Counter(term for document in train for term in set(document))
    rules = settings.vocabulary
    vocabulary = sorted(
        term for term, n in in_documents.items() if rules.min_df <= n <= rules.max_df * len(train)
    )
    index = {term: column for column, term in enumerate(vocabulary)}
    train = [known for document in train if (known := [t for t in document if t in index])]
    held_out = [[t for t in document if t in index] for document in held_out]
    held_out = [document for document in held_out if len(document) >= least_scored]
    _write_lines(folder / "train.txt", map(" ".join, train))
    _write_lines(folder / "vocabulary.txt", vocabulary)
    seen, scored = ([document[start::2] for document in held_out] for start in (0, 1))
    return Words(vocabulary, *(count(side, index) for side in (train, seen, scored)))


def read(folder: Path) -> tuple[list[list[str]], dict[str, int]]:
    """Training documents, and the column of each term."""
    documents = [line.split() for line in (folder / "train.txt").read_text(encoding="utf-8").splitlines()]
    vocabulary = (folder / "vocabulary.txt").read_text(encoding="utf-8").split()
    return documents, {term: column for column, term in enumerate(vocabulary)}


def count(documents: Sequence[Sequence[str]], index: dict[str, int]) -> csr_matrix:
    """(D, V) CSR of int32, columns sorted."""
    columns = np.array([index[term] for document in documents for term in document], np.int32)
    indptr = np.cumsum([0, *map(len, documents)])
    counts = csr_matrix((np.ones(len(columns), np.int32), columns, indptr), (len(documents), len(index)))
    counts.sum_duplicates()
    return counts


def _is_held_out(name: str) -> bool:
    """One of five, whatever else is in the corpus."""
    return hashlib.sha256(name.encode("utf-8", "replace")).digest()[0] % 5 == 0


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
