"""Training runs and M-steps, as the tests of the engine want them."""

import json
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from lda_cli.engine.em import Training
from lda_cli.engine.estep import _kernel_for
from lda_cli.engine.schedule import annealed
from lda_cli.engine.settings import Settings


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
        update_sstats = self._expected.update_sstats

        def watched(batch, docs, plan, found, term_weights):
            self.seen[id(batch)] = term_weights.astype(np.float64) ** (1 / plan.power)
            self.gammas[id(batch)] = found.gamma.astype(np.float64)
            return update_sstats(batch, docs, plan, found, term_weights)

        self._expected.update_sstats = watched


def counts_of(visited):
    """(D, U) CSR of the documents of a minibatch."""
    own = visited.minibatch.documents()
    return csr_matrix((own.counts, own.indices, own.indptr), (own.n_documents, own.n_terms))


def by_term(counts):
    """CSC of the places of the entries of a CSR: starts, docs, places."""
    places = csr_matrix((np.arange(counts.nnz, dtype=np.int32), counts.indices, counts.indptr), counts.shape)
    places = places.tocsc()
    return places.indptr.astype(np.int64), places.indices.astype(np.int32), places.data


def responsibilities(counts, found, term_weights):
    """q(z_dw = t) of every distinct term of every document: (nnz, K), rows sum to one, in CSR order."""
    docs = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    q = found.weights[docs] * term_weights[counts.indices]
    return q / q.sum(axis=1, keepdims=True)


def expected_counts(counts, found, term_weights, power=1.0):
    """sum_d n_dw q(z_dw = t), (U, K), by `update_sstats`; and sum_wt of that times log Phi_tw.

    In float64 by the twin, because the compiled kernel has float32 only.
    """
    n_terms, n_topics = term_weights.shape
    sstats, contribution = np.zeros((n_terms, n_topics)), np.zeros_like(term_weights)
    update_sstats = _kernel_for(term_weights.dtype).update_sstats
    cross = update_sstats(
        *(0, n_terms, *by_term(counts), np.arange(n_terms)),
        *(found.ratio, found.weights, *[None] * 4, term_weights, power, 1.0),
        *(contribution, sstats, np.zeros(n_topics)),
    )
    return sstats, cross


def assert_objective_never_falls(records, counts, training):
    """Of the plain passes, each against the one before it.

    What is rounded to float32, by 2^-24: an entry of q, S and Phi a token, times logarithms below some
    thirty; and gamma, whose sum over topics is alpha's and the tokens', a document. So the scale of the
    error is not the bound alone, which for a single term is nought.
    """
    documents = np.count_nonzero(np.diff(counts.indptr))
    for before, now in pairwise(records):
        if before.plan.is_plain and now.plan.is_plain:
            scale = abs(now.bound) + now.n_tokens + documents * (training.alpha.sum() + len(training.alpha))
            assert now.objective >= before.objective - 1e-6 * scale


def assert_sane(training, records, counts):
    phi = training.phi
    assert phi.dtype == np.float32
    assert (phi >= 0).all()
    np.testing.assert_allclose(phi.sum(axis=1, dtype=np.float64), 1, rtol=1e-5)
    assert np.isfinite([record.bound for record in records]).all()
    assert np.isfinite([record.objective for record in records if record.plan.is_plain]).all()
    assert all(record.objective is None for record in records if not record.plan.is_plain)
    assert np.isfinite(training.alpha).all()
    assert (training.alpha > 0).all()
    n_tokens = counts.sum()
    for visited in training._visited:
        of_documents = np.asarray(counts_of(visited).sum(axis=1)).ravel()
        gamma = training._made.gamma[visited.rows]
        assert (visited.minibatch.contribution >= 0).all()
        if records[-1].plan.is_plain:  # other visits leave no gamma
            assert (gamma > 0).all()
            # alpha may have been learned since; before that, gamma held the document's tokens and alpha
            assert (gamma.sum(axis=1) >= of_documents * (1 - 1e-5)).all()
    assert records[-1].n_tokens == n_tokens
    if not any(record.plan.averaged for record in records[:-1]):
        assert training.sstats.sum(dtype=np.float64) == pytest.approx(n_tokens, rel=1e-5)
