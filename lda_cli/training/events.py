"""The events of a training, which a function of the caller receives one by one."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..corpus.reading import Reading
from ..corpus.training_corpus import TrainingCorpus
from ..engine.arrays import Float64
from ..engine.record import PassRecord
from ..engine.settings import Settings
from ..model.model import Model
from .elsewhere import Usage
from .lock import Holder


class Figures(NamedTuple):
    """Quality of a saved model, measured on its training documents.

    bound_per_token : lower bound of the log evidence, in nats, with the saved Phi and alpha
    perplexity_bound : exp(-bound per token); None if no float can hold it
    npmi : mean over topics; None if no topic has two words
    """

    bound_per_token: float
    perplexity_bound: float | None
    npmi: float | None


class UpToDate(NamedTuple):
    """The model at `path` is up to date; there is nothing to do."""

    path: str


class Waiting(NamedTuple):
    """Another process trains the model; `holder` is None if it is unknown."""

    holder: Holder | None


class Begun(NamedTuple):
    """Reading begins; `formats` has each input with its format."""

    formats: Sequence[tuple[str, str]]


class DocumentsRead(NamedTuple):
    """The number of documents read so far."""

    n_documents: int


class PhrasesLearned(NamedTuple):
    """The number of pairs of words that make phrases; counting the corpus is next."""

    n_pairs: int


class CorpusRead(NamedTuple):
    """The corpus is read; `reading` has what was skipped, and which files were not read again."""

    corpus: TrainingCorpus
    reading: Reading


class Started(NamedTuple):
    """The engine begins, with every `auto` resolved; `contribution_bytes` is the size of its minibatches."""

    settings: Settings
    contribution_bytes: int


class Resumed(NamedTuple):
    """This training continues one that was stopped after `n_passes`."""

    n_passes: int


class PassDone(NamedTuple):
    """A pass over the corpus is done; `usage` is that of a cluster."""

    record: PassRecord
    usage: Usage | None = None


class Trained(NamedTuple):
    """The last pass is done."""


class Stopped(NamedTuple):
    """The training ends early and keeps a checkpoint, from which the next one continues."""

    n_passes: int


class Saved(NamedTuple):
    """The model is written."""

    model: Model
    figures: Figures


class Updated(NamedTuple):
    """Documents were added to a model.

    moved : (K,), squared Hellinger distance of each topic to what it was
    unknown : share of the words of the new documents that the model did not know
    n_terms : of the vocabulary, those that are new
    sources : of a training of all documents, if they are there; path : of the model
    """

    moved: Float64
    unknown: float
    n_terms: int
    sources: tuple[str, ...]
    path: str


class Warned(NamedTuple):
    """A warning; the training continues."""

    message: str


Event = (
    UpToDate
    | Waiting
    | Begun
    | DocumentsRead
    | PhrasesLearned
    | CorpusRead
    | Started
    | Resumed
    | PassDone
    | Trained
    | Stopped
    | Saved
    | Updated
    | Warned
)
Listener = Callable[[Event], object]


def ignore(event: Event) -> None:
    """Do nothing."""
