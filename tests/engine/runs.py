"""Training runs, as the tests of the training loop want them."""

from dataclasses import dataclass

import numpy as np

from lda_cli.engine.em import Settings, Training
from lda_cli.engine.schedule import annealed


@dataclass(frozen=True)
class Exact(Settings):
    """Settings whose E-steps go on to the fixed point, so that where they stop makes no difference."""

    @property
    def inner_tolerance(self):
        return 1e-7


def cooled(passes=12, plain_passes=2, average=0.25, learn_alpha=True):
    return annealed(
        passes,
        learn_alpha,
        start=0.7,
        end=0.9,
        relaxation=1.8,
        plain_passes=plain_passes,
        average=average,
    )


def train(counts, schedule, alpha, *, eta=0.0, n_minibatches=1, seed=0, parallel=map):
    """The training at its end, and its records."""
    training = Training(
        counts, Settings(schedule, np.asarray(alpha, float), eta, n_minibatches, seed), parallel
    )
    return training, list(training.run())


class Watched(Training):
    """Remembers the Phi that each minibatch was last visited with."""

    def _phi_for(self, minibatch, plan):
        self.seen = getattr(self, "seen", {})
        self.seen[id(minibatch)] = super()._phi_for(minibatch, plan)
        return self.seen[id(minibatch)]
