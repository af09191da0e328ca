"""What a training tells of itself on its way, to whoever shows it."""

from collections.abc import Sequence
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


class Progress:
    """What a training tells on its way; every method may be overridden, and does nothing here."""

    def unchanged(self, path: str) -> None:
        """The model that is there, at `path`, is up to date, and nothing is done."""

    def waiting(self, holder: Holder | None) -> None:
        """Another process, if it is known which, trains the model, and is waited for."""

    def begun(self, formats: Sequence[tuple[str, str]]) -> None:
        """The inputs are to be read, each in the format behind it."""

    def reading(self, n_documents: int) -> None:
        """So many documents are read so far."""

    def learned(self, n_pairs: int) -> None:
        """So many pairs of words make phrases; if the corpus was read for them, it is read once more."""

    def read(self, corpus: TrainingCorpus, reading: Reading) -> None:
        """The corpus is read; `reading` tells what was skipped, and what was not read anew."""

    def started(self, settings: Settings, contribution_bytes: int) -> None:
        """The engine begins, with every `auto` decided, and stores so much for its minibatches."""

    def going_on(self, n_passes: int) -> None:
        """An earlier training was stopped after so many passes, and this one goes on from there."""

    def passed(self, record: PassRecord) -> None:
        """A pass over the corpus is done."""

    def trained(self) -> None:
        """The last pass is done."""

    def stopped(self, n_passes: int) -> None:
        """It ends before its time, and a checkpoint is kept, from which the next one goes on."""

    def saved(self, model: Model, figures: Figures) -> None:
        """The model is written."""

    def warn(self, message: str) -> None:
        """Something a user should know, though the training goes on."""
