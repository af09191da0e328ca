"""The corpora that the peers are compared on, by name, and what is known of each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import documentation, one_genre, short_texts
from .documents import Document, folder

LEAST_SCORED = 10  # known words; a shorter document says nothing of theta
LEAST_SCORED_OF_SHORT = 4  # for where no document has ten


@dataclass(frozen=True)
class Corpus:
    """What it is called in the table, its documents, and from how many known words on one is scored."""

    title: str
    documents: Callable[[], Iterator[Document]]
    least_scored: int = LEAST_SCORED

    @property
    def is_short(self) -> bool:
        """Whether tools for short documents are peers."""
        return self.least_scored < LEAST_SCORED


FETCHED = {
    "documentation": Corpus(", ".join(documentation.DISTRIBUTIONS), documentation.fetched),
    "descriptions": Corpus(
        "short descriptions of Debian's packages", short_texts.descriptions, LEAST_SCORED_OF_SHORT
    ),
    "glosses": Corpus("WordNet's glosses", short_texts.glosses, LEAST_SCORED_OF_SHORT),
    "reviews": Corpus("long film reviews", one_genre.reviews),
    "speeches": Corpus("State of the Union", one_genre.speeches),
}


def of_folder(path: Path, subjects: bool) -> Corpus:
    """A folder of the user's, a document a file: all of it, or the subject of a posting alone."""
    if subjects:
        return Corpus(f"subjects of {path.name}", partial(short_texts.subjects, path), LEAST_SCORED_OF_SHORT)
    return Corpus(path.name, partial(folder, path))
