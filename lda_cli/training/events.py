"""What a training reports on its way: an event a step, given to a function of the caller."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..corpus.reading import Reading
from ..corpus.training_corpus import TrainingCorpus
from ..engine.em import PassRecord, Settings
from ..model.model import Model
from .lock import Holder


class Figures(NamedTuple):
    """How good the model is that was saved, by the documents it was trained on.

    bound_per_token : of the evidence, in nats, with the saved Phi and alpha
    perplexity_bound : exp(-bound per token); None where it is larger than any float
    npmi : the mean over topics; None if no topic has two words
    """

    bound_per_token: float
    perplexity_bound: float | None
    npmi: float | None


class UpToDate(NamedTuple):
    """The model at `path` is up to date; nothing is done."""

    path: str


class Waiting(NamedTuple):
    """Another process trains the model; `holder` is None if it is not known which."""

    holder: Holder | None


class Begun(NamedTuple):
    """The inputs are to be read, each in the format behind it."""

    formats: Sequence[tuple[str, str]]


class DocumentsRead(NamedTuple):
    """The number of documents read so far."""

    n_documents: int


class PhrasesLearned(NamedTuple):
    """The number of pairs of words that make phrases; now the corpus is counted."""

    n_pairs: int


class CorpusRead(NamedTuple):
    """The corpus is read; `reading` knows what was skipped, and what was not read again."""

    corpus: TrainingCorpus
    reading: Reading


class Started(NamedTuple):
    """The engine begins, with every `auto` decided; its minibatches store this many bytes."""

    settings: Settings
    contribution_bytes: int


class Resumed(NamedTuple):
    """This training goes on from one that was stopped after `n_passes`."""

    n_passes: int


class PassDone(NamedTuple):
    """A pass over the corpus is done."""

    record: PassRecord


class Trained(NamedTuple):
    """The last pass is done."""


class Stopped(NamedTuple):
    """The training ends early, and a checkpoint is kept, from which the next one goes on."""

    n_passes: int


class Saved(NamedTuple):
    """The model is written."""

    model: Model
    figures: Figures


class Warned(NamedTuple):
    """Something that you should know, though the training goes on."""

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
    | Warned
)
Listener = Callable[[Event], object]


def ignore(event: Event) -> None:
    """Take no notice."""
