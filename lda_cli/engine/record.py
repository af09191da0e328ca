"""The record of a pass, which progress, history and checkpoints read."""

from dataclasses import dataclass

from .bound import perplexity
from .schedule import Pass


@dataclass(frozen=True)
class PassRecord:
    """The results of one pass.

    bound : on log p(words | alpha, Phi) of all documents, in nats. After a plain pass it is that of the
        current Phi, with q of each document from its last visit. After a tempered pass each minibatch counts
        with the Phi of its visit.
    objective : after a plain pass the bound plus log p(Phi) under eta, which plain EM never lowers; else
        None. With decorrelation, minus its penalty: then both may fall, and stand still in the end
    seconds : wall time of the visits and the end of the pass
    start : the number of the random start
    melted : whether the training starts again with cooler passes after this one (starts.py)
    """

    number: int
    plan: Pass
    bound: float
    objective: float | None
    n_tokens: int
    n_documents: int
    seconds: float
    start: int = 0
    melted: bool = False

    @property
    def bound_per_token(self) -> float:
        """In nats."""
        return self.bound / self.n_tokens

    @property
    def perplexity_bound(self) -> float | None:
        """exp(-bound per token), an upper bound of the training perplexity."""
        return perplexity(self.bound_per_token)
