"""Training runs and M-steps, as the tests of the engine want them."""

import json
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from lda_cli.engine.em import Settings, Training
from lda_cli.engine.estep import _kernel_for
from lda_cli.engine.schedule import annealed


@dataclass(frozen=True)
class Exact(Settings):
    """Settings whose E-steps go on to the fixed point, so that where they stop makes no difference."""

    @property
    def inner_tolerance(self):
        return 1e-7


def cooled(passes=12, plain_passes=2, average=0.25, learn_alpha=True, collapsed=False, start=0.7):
    return annealed(
        passes,
        learn_alpha,
        start=start,
        end=0.9,
        relaxation=1.8,
        plain_passes=plain_passes,
        average=average,
        collapsed=collapsed,
    )


def train(counts, schedule, alpha, *, eta=0.0, n_minibatches=1, seed=0, parallel=map):
    """The training at its end, and its records."""
    training = Training(
        counts, Settings(schedule, np.asarray(alpha, float), eta, n_minibatches, seed), parallel
    )
    return training, list(training.run())


def stored(state):
    """A state as a checkpoint would have it: text and bytes."""
    return json.dumps(state.facts), [(array.dtype, array.shape, array.tobytes()) for array in state.arrays]


def go_on(training, stored):
    """Let a training, or several starts of one, go on from a stored state, all of whose arrays it wants."""
    facts, arrays = stored
    rest = iter(arrays)

    def fill(array):
        dtype, shape, data = next(rest)
        assert (array.dtype, array.shape) == (dtype, shape)
        array[...] = np.frombuffer(data, dtype).reshape(shape)

    training.go_on_from(json.loads(facts), fill)
    assert next(rest, None) is None
    return training


class Watched(Training):
    """Remembers the Phi that each minibatch was last visited with, a row a term, and the gamma it got."""

    def _begin(self, schedule, rng):
        super()._begin(schedule, rng)
        self.seen, self.gammas = {}, {}
        put_back = self._expected.put_back

        def watched(batch, docs, plan, found, term_weights):
            self.seen[id(batch)] = term_weights.astype(np.float64) ** (1 / plan.power)
            self.gammas[id(batch)] = found.gamma.astype(np.float64)
            return put_back(batch, docs, plan, found, term_weights)

        self._expected.put_back = watched


def counts_of(visited):
    """(D, U) CSR of the documents of a minibatch."""
    own = visited.minibatch.documents()
    return csr_matrix((own.counts, own.indices, own.indptr), (own.n_documents, own.n_terms))


def by_term(counts):
    """CSC of the places of the entries of a CSR: starts, docs, places."""
    places = csr_matrix((np.arange(counts.nnz, dtype=np.int32), counts.indices, counts.indptr), counts.shape)
    places = places.tocsc()
    return places.indptr.astype(np.int64), places.indices.astype(np.int32), places.data


def expected_counts(counts, found, term_weights, power=1.0):
    """What `put_back` makes of an E-step: sum_d n_dw q(z_dw = t), (U, K), and sum_wt of it times log Phi_tw.

    In float64 by the twin, since the compiled kernel has none.
    """
    n_terms, n_topics = term_weights.shape
    sstats, contribution = np.zeros((n_terms, n_topics)), np.zeros_like(term_weights)
    put_back = _kernel_for(term_weights.dtype).put_back
    cross = put_back(
        *(0, n_terms, *by_term(counts), np.arange(n_terms)),
        *(found.ratio, found.weights, None, term_weights, power, 1.0),
        *(contribution, sstats, np.zeros(n_topics)),
    )
    return sstats, cross
