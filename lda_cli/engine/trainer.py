"""What a way of training offers: the passes of one random start, and what came of them.

`Training` is the one there is; another method, or one whose shards lie on several machines, is another class
with these members, and a row of ALGORITHMS in training/algorithms.py.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from .arrays import Float32, Float64, Int64
from .estep import Documents
from .record import PassRecord
from .schedule import Pass
from .state import Fill, State
from .theta_prior import ThetaPrior


class Trainer(Protocol):
    """Fits Phi and alpha to a corpus of D documents over V terms, with K topics."""

    @property
    def schedule(self) -> tuple[Pass, ...]:
        """The passes that it makes, unless the bound stands still before."""

    @property
    def alpha(self) -> Float64:
        """(K,), the prior of theta; with groups, of a document of which nothing is known."""

    @property
    def theta_prior(self) -> ThetaPrior:
        """The prior of theta of the training documents."""

    @property
    def sstats(self) -> Float64:
        """(V, K), the expected counts of each term in each topic."""

    @property
    def phi(self) -> Float32:
        """(K, V), p(word | topic); rows sum to one."""

    @property
    def share_done(self) -> float:
        """The share of all visits of the schedule that are done."""

    @property
    def contribution_bytes(self) -> int:
        """Bytes that are stored for the minibatches."""

    def begin(self, number: int, schedule: tuple[Pass, ...]) -> None:
        """Begin again, from random start `number`, of which 0 is that of a new training."""

    def steps(self) -> Iterator[PassRecord | None]:
        """Train, and yield after every visit: None if it does not end its pass."""

    def take(self, sstats: Float64, parameters: Float64) -> None:
        """Put the result of another start in the place of its own; parameters : of its prior."""

    def distance_from_unigrams(self) -> float:
        """max_t KL(Phi_t || unigrams of the corpus) in nats."""

    def posterior(self, phi: Float32, tolerance: float, max_iterations: int) -> tuple[Float32, float]:
        """gamma of every document under `phi` and `alpha`, (D, K), and the bound per token in nats."""

    def minibatches(self) -> Iterator[tuple[Documents, Int64]]:
        """The documents of each minibatch, and the column of Phi for each of their columns, (U,)."""

    def state(self) -> State | None:
        """Return what `go_on_from` wants; None in the middle of a visit, or after the last one."""

    def go_on_from(self, facts: Mapping[str, Any], fill: Fill) -> None:
        """Go on from a state. Raises KeyError, TypeError, ValueError or OSError if it cannot."""
