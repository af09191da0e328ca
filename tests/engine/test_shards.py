"""Shards: what one of them changes, and the sum of all, are what a minibatch of one process would do."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lda_cli.engine.mstep import ExpectedCounts, initial_sstats, minibatch, of_own_terms
from lda_cli.engine.schedule import Pass
from lda_cli.engine.shards import Change, Ready, Shard, added, summed, visit_shard
from lda_cli.engine.visits import Step, Visit, visit
from tests.engine.corpora import random_counts

K = 3


def shard_of(counts):
    terms, own = of_own_terms(counts)
    rows = np.arange(counts.shape[0], dtype=np.int32)
    arrays = own.indptr.astype(np.int64), own.indices.astype(np.int32), own.data
    return Shard(*arrays, terms.astype(np.int32), rows, None)


@pytest.mark.parametrize(
    "plan", [Pass(), Pass(0.7, 1.8, leave_out=True), Pass(0.8, leave_out=True, collapsed=True)]
)
def test_a_shard_of_all_documents_changes_what_a_minibatch_of_one_process_does(plan):
    counts = random_counts(40, 25, 0.3, np.random.default_rng(3))
    alpha = np.full(K, 0.4)
    batch = minibatch(counts, K)
    occurrences = np.asarray(counts.sum(axis=0), float).ravel()
    expected = ExpectedCounts(initial_sstats(occurrences, K, np.random.default_rng(0)), 0.05, map)
    visit(batch.documents(), batch, expected, Step(Pass(), alpha, 1.0, 1e-6), None, map)
    expected.forget_start()

    contribution, before = batch.contribution.copy(), expected.sstats.copy()
    step = Step(plan, alpha, 0.0, 1e-6)
    rows, sent = expected.sent(np.arange(25), 0.0)
    change, gamma = visit_shard(
        Ready.of(shard_of(counts), K), contribution, rows[batch.terms], sent, step, None, map
    )
    found, same_gamma = visit(batch.documents(), batch, expected, step, None, map)

    np.testing.assert_allclose(gamma, same_gamma, rtol=1e-3)
    np.testing.assert_allclose(contribution, batch.contribution, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(before[change.places] + change.counts, expected.sstats[batch.terms], atol=1e-3)
    np.testing.assert_allclose(change.totals, change.counts.sum(axis=0, dtype=float), atol=1e-4)
    assert change.visit.terms == pytest.approx(found.terms, rel=1e-4)
    assert change.visit.cross == pytest.approx(found.cross, rel=1e-4)


def changes(draw_from):
    """Strategy of a change of some of ten terms."""

    def change(places, seed):
        rng = np.random.default_rng(seed)
        places = np.array(sorted(places), np.int32)
        counts = rng.normal(size=(len(places), K)).astype(np.float32)
        visit = Visit(*rng.normal(size=2).tolist(), rng.normal(size=K), float(seed))
        return Change(places, counts, counts.sum(axis=0, dtype=float), visit, 1.0)

    places = st.sets(st.integers(0, 9), min_size=1)
    return st.builds(change, places, st.integers(0, 99)).map(draw_from)


def level_by_level(some):
    """The sum as the workers of a cluster add it: neighbours first, then the sums of these."""
    while len(some) > 1:
        pairs = [added(*some[i : i + 2]) for i in range(0, len(some) - 1, 2)]
        some = pairs + some[2 * len(pairs) :]
    return some[0]


@pytest.mark.once
@given(st.lists(changes(lambda change: change), min_size=1, max_size=20))
@examples(max_examples=60, deadline=None)
def test_sum_has_the_same_bytes_one_by_one_and_level_by_level(some):
    one, other = summed(iter(some)), level_by_level(some)
    assert one.places.tobytes() == other.places.tobytes()
    assert one.counts.tobytes() == other.counts.tobytes()
    assert one.totals.tobytes() == other.totals.tobytes()
    assert one.visit[:2] == other.visit[:2]
    dense = np.zeros((10, K))
    for change in some:
        dense[change.places] += change.counts
    np.testing.assert_allclose(one.counts, dense[one.places], atol=1e-5)
    assert one.visit.factor == some[0].visit.factor
    assert one.visit.terms == pytest.approx(reduce(float.__add__, (change.visit.terms for change in some)))
    assert one.seconds == len(some)
