"""Training schedules as data: what each pass over the corpus does. The loop in em.py only obeys.

A pass of nothing but defaults is ordinary EM: batch EM with one minibatch, incremental EM (Neal and Hinton
1998) with many. Annealed EM is incremental EM whose passes start warm, overshoot, and leave the minibatch's
own last contribution out of the Phi that it is given, and end in plain ones.
"""

import math
from dataclasses import dataclass, replace

# Stored contributions are at most so large, unless two minibatches already need more.
CONTRIBUTION_BYTES = 400 << 20


@dataclass(frozen=True)
class Pass:
    """What one pass does.

    power : p = 1 / temperature; q(z) is proportional to (exp(E[log theta]) Phi)^p
    relaxation : omega; a stored contribution moves omega times the way to its new value
    leave_out : Phi is taken from the other minibatches' contributions only
    learn_alpha : alpha is fitted to the corpus at the end of the pass
    averaged : the state after this pass is one of those whose mean is the result
    """

    power: float = 1.0
    relaxation: float = 1.0
    leave_out: bool = False
    learn_alpha: bool = False
    averaged: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the bound cannot fall from such a pass to the next."""
        return self.power == 1.0 and self.relaxation == 1.0 and not self.leave_out


def plain(passes: int, learn_alpha: bool) -> tuple[Pass, ...]:
    """Batch or incremental EM throughout."""
    return (Pass(learn_alpha=learn_alpha),) * passes


def annealed(
    passes: int,
    learn_alpha: bool,
    *,
    start: float,
    end: float,
    relaxation: float,
    plain_passes: int,
    average: float,
) -> tuple[Pass, ...]:
    """Cool from power `start` to `end`, linearly in the temperature 1 / p, then `plain_passes` of plain EM.

    The first pass has nothing to overshoot from. Alpha, learned while it is hot, runs away: it is left alone
    for the first half of the cooling. The result is the mean over the last share `average` of the passes.
    """
    cooling = passes - plain_passes
    hot, cold = 1 / start, 1 / end
    tempered = [
        Pass(
            power=1 / (hot + (cold - hot) * i / cooling),
            relaxation=relaxation if i else 1.0,
            leave_out=True,
            learn_alpha=learn_alpha and i >= cooling / 2,
        )
        for i in range(cooling)
    ]
    schedule = [*tempered, *plain(plain_passes, learn_alpha)]
    first_averaged = passes - math.ceil(average * passes)
    return tuple(replace(step, averaged=i >= first_averaged) for i, step in enumerate(schedule))


def default_eta(n_docs: int) -> float:
    """The pseudo-count that predicts best: small corpora want more smoothing, by 1 to 2% of perplexity."""
    return 0.05 if n_docs < 3000 else 0.02


def default_minibatches(n_docs: int, n_terms: int, n_nonzero: int, n_topics: int) -> int:
    """How many minibatches: 40, of which 10 to 100 differ by less than seeds do; fewer to save memory.

    A minibatch stores a float32 for each of its terms and topics, so that all store at most
    min(minibatches * V, nnz) * K of them.
    """
    row_bytes = 4 * n_topics
    if n_nonzero * row_bytes <= CONTRIBUTION_BYTES:
        wanted = 40
    else:
        wanted = min(40, max(2, CONTRIBUTION_BYTES // (n_terms * row_bytes)))
    return min(wanted, n_docs)
