"""Several random starts of one training: which is kept, and what becomes of one whose topics melt."""

import json

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from lda_cli.engine import starts
from lda_cli.engine.em import Training
from lda_cli.engine.schedule import plain
from lda_cli.engine.settings import Settings
from lda_cli.engine.starts import Starts
from tests.engine.corpora import drawn_corpus, random_counts
from tests.engine.runs import cooled, go_on, stored

pytestmark = pytest.mark.once  # starts are chosen alike for either kernel

JUDGE = 1e-3, 20
SCHEDULES = [cooled(4), cooled(4, 0, collapsed=True), plain(3, True)]
NAMES = ["annealed", "collapsed", "plain"]


def small_corpus():
    return random_counts(24, 15, 0.3, np.random.default_rng(3))


def short_documents():
    """Of five topics that share many words: below a power of about 0.4 they melt."""
    true = np.kron(np.eye(5), np.full(8, 1 / 8)) * 0.6 + 0.4 / 40
    return drawn_corpus(true, np.full(5, 0.1), 150, 12, np.random.default_rng(1))[0]


def settings(schedule, n_topics=3, n_minibatches=3):
    return Settings(schedule, np.full(n_topics, 1 / n_topics), 0.05, n_minibatches, 0)


def begun(counts, schedule, n_starts, guards=False, n_topics=3):
    return Starts(Training(counts, settings(schedule, n_topics)), n_starts, guards, *JUDGE)


def told(records):
    """What records say, but for the time that it took."""
    return [
        (record.start, record.number, record.plan, record.bound, record.objective, record.melted)
        for record in records
        if record is not None
    ]


def finished(several):
    """All that is found, as bytes, and what the records tell."""
    records = told(several.steps())
    number, training = several.settle(), several.training
    phi = training.phi
    gamma, bound = training.posterior(phi, *JUDGE)
    return number, phi.tobytes(), training.alpha.tobytes(), gamma.tobytes(), bound, records


@pytest.mark.parametrize("schedule", SCHEDULES, ids=NAMES)
@pytest.mark.parametrize("n_starts", [1, 5])
def test_start_of_the_largest_bound_is_kept_and_each_is_that_of_its_number_alone(schedule, n_starts):
    counts = small_corpus()
    results = []
    for number in range(n_starts):
        training = Training(counts, settings(schedule))
        training.begin(number, schedule)
        records = told(training.run())
        phi = training.phi
        _, bound = training.posterior(phi, *JUDGE)
        results.append(
            (bound, phi.tobytes(), training.alpha.tobytes(), [(number, *line[1:]) for line in records])
        )
    best = max(range(n_starts), key=lambda number: results[number][0])
    kept, phi, alpha, _, bound, records = finished(begun(counts, schedule, n_starts))
    assert kept == best
    assert (bound, phi, alpha) == results[best][:3]
    assert records == [line for result in results for line in result[3]]


def test_another_start_than_the_first_and_the_last_is_kept_where_it_is_the_best():
    counts = small_corpus()
    kept = {finished(begun(counts, SCHEDULES[0], n_starts))[0] for n_starts in range(1, 9)}
    assert len(kept) > 1


def test_best_of_the_starts_that_ended_counts_where_the_last_one_is_left():
    several = begun(small_corpus(), plain(3, True), 2)
    steps = several.steps()
    for _ in range(9):  # a start is three passes of three visits
        next(steps)
    first = several.training.phi.copy()
    next(steps)
    assert several.settle() == 0
    np.testing.assert_array_equal(several.training.phi, first)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=NAMES)
def test_going_on_after_any_visit_of_any_start_ends_with_the_same_bytes(schedule):
    counts, n_visits = small_corpus(), 3 * 3 * len(schedule)
    *expected, all_records = finished(begun(counts, schedule, 3))
    for n_done in range(n_visits + 1):
        left = begun(counts, schedule, 3)
        records = told(record for _, record in zip(range(n_done), left.steps(), strict=False))
        assert left.n_records == len(records)
        other = go_on(begun(counts, schedule, 3), stored(left.state()))
        assert other.share_done == pytest.approx(n_done / n_visits)
        assert other.n_records == len(records)
        *found, other_records = finished(other)
        assert found == expected
        assert records + other_records == all_records
        assert other.n_records == len(all_records)


@pytest.mark.parametrize(
    "schedule", [cooled(8, 0, collapsed=True, start=0.1), cooled(8, start=0.1)], ids=NAMES[1::-1]
)
def test_a_start_whose_topics_melt_begins_anew_and_cooler_until_they_do_not(schedule):
    several = begun(short_documents(), schedule, 2, guards=True, n_topics=5)
    *_, records = finished(several)
    melted = [line for line in records if line[-1]]
    asked = (sum(not plan.is_plain for plan in schedule) + 1) // 2
    assert melted
    assert {line[1] for line in melted} == {asked}
    assert len(records) == several.n_records == 2 * len(schedule) + asked * len(melted)
    for start in (0, 1):
        own = [line for line in records if line[0] == start]
        firsts = [line[2].power for line in own if line[1] == 1]
        np.testing.assert_allclose(firsts, 0.1 * np.arange(1, len(firsts) + 1))
        assert len(firsts) == 1 + sum(line[-1] for line in own)
        assert [line[1] for line in own[-len(schedule) :]] == list(range(1, len(schedule) + 1))
        assert not any(line[-1] for line in own[-len(schedule) :])


def test_start_that_melted_begins_with_its_own_random_numbers_again():
    schedule = cooled(8, 0, collapsed=True, start=0.3)
    counts = short_documents()
    several = begun(counts, schedule, 1, guards=True, n_topics=5)
    records = [record for record in several.steps() if record is not None]
    n_melted = 1 + max(i for i, record in enumerate(records) if record.melted)
    alone = Training(counts, settings(several.training.schedule, 5))
    assert told(alone.run()) == told(records[n_melted:])
    assert alone.phi.tobytes() == several.training.phi.tobytes()


def test_nothing_begins_anew_where_no_power_is_left(monkeypatch):
    monkeypatch.setattr(starts, "MELTED", np.inf)
    several = begun(small_corpus(), cooled(4, 0), 1, guards=True)
    *_, records = finished(several)
    # from 0.7, 0.8, 0.9 and 0.97, where all powers are as large as they get, so that the last one ends
    firsts = [line[2].power for line in records if line[1] == 1]
    np.testing.assert_allclose(firsts, [0.7, 0.8, 0.9, 0.97])
    assert [line[1] for line in records if line[-1]] == [2, 2, 2]
    assert {line[2].power for line in records[-4:]} == {0.97}
    assert several.share_done == 1


def test_going_on_after_a_start_has_melted_ends_with_the_same_bytes():
    counts, schedule = short_documents(), cooled(8, 0, collapsed=True, start=0.1)

    def new():
        return begun(counts, schedule, 2, guards=True, n_topics=5)

    *expected, all_records = finished(new())
    melts = [i for i, line in enumerate(all_records) if line[-1]]
    assert melts
    last_visit = 3 * (melts[-1] + 1)
    for n_done in sorted(
        {0, 3, 3 * melts[0] + 2, 3 * (melts[0] + 1), last_visit - 1, last_visit, last_visit + 1}
    ):
        left = new()
        records = told(record for _, record in zip(range(n_done), left.steps(), strict=False))
        state = stored(left.state())
        if n_done == last_visit:  # it has begun anew before anything else is done
            assert json.loads(state[0])["training"]["n_passes"] == 0
        *found, other_records = finished(go_on(new(), state))
        assert found == expected
        assert records + other_records == all_records


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": 3},
        {"start": None},
        {"cooler": 11},
        {"records": 1},
        {"best": [0.0, -1]},
    ],
    ids=str,
)
def test_facts_of_other_starts_are_refused(wrong):
    left = begun(small_corpus(), plain(3, True), 3)
    for _ in zip(range(16), left.steps(), strict=False):
        pass
    facts, arrays = stored(left.state())
    assert json.loads(facts)["best"][1] == 0
    with pytest.raises(ValueError, match="a number is"):
        go_on(begun(small_corpus(), plain(3, True), 3), (json.dumps(json.loads(facts) | wrong), arrays))


def test_shares_and_plans_count_all_starts():
    several = begun(small_corpus(), plain(3, True), 4)
    assert several.n_planned == 12
    shares = [several.share_done, *(several.share_done for _ in several.steps())]
    np.testing.assert_allclose(shares, np.arange(37) / 36)


def test_distance_from_unigrams_by_hand():
    # words stand 2, 1 and 1 times; the topics of S are (1/2, 1/4, 1/4), as they do, and (0, 3/4, 1/4)
    counts = np.array([[2, 0, 1], [0, 1, 0]], np.int32)
    training = Training(random_counts(1, 3, 1, np.random.default_rng(0)), settings(plain(1, False), 2))
    training._occurrences = counts.sum(axis=0).astype(float)
    training._settings = Settings(plain(1, False), np.full(2, 0.5), 0.0, 1, 0)
    training._expected.sstats[:] = [[2, 0], [1, 3], [1, 1]]
    assert training.distance_from_unigrams() == pytest.approx(3 / 4 * np.log(3), rel=1e-6)
    training._expected.sstats[:] = [[4, 2], [2, 1], [2, 1]]
    assert training.distance_from_unigrams() == pytest.approx(0, abs=1e-7)
    assert training.distance_from_unigrams() < starts.MELTED


@pytest.mark.parametrize("eta", [0.0, 0.05])
def test_terms_that_do_not_occur_make_no_distance(eta):
    # their logarithm was infinite, so that topics that had melted were never found out
    dense = np.tile(np.array([[3, 0, 2, 1, 0]], np.int32), (4, 1))
    with_them, without = (
        Training(csr_matrix(counts), Settings(plain(2, False), np.full(2, 0.5), eta, 2, 0))
        for counts in (dense, dense[:, [0, 2, 3]])
    )
    for training in (with_them, without):
        list(training.run())
    with_them._expected.sstats[[0, 2, 3]] = without._expected.sstats
    assert with_them.distance_from_unigrams() == without.distance_from_unigrams()
    assert np.isfinite(without.distance_from_unigrams())
