"""Schedules: what each pass does, worked out by hand from the engine notes."""

import numpy as np
import pytest

from lda_cli.engine.schedule import (
    Pass,
    annealed,
    default_end,
    default_eta,
    default_minibatches,
    default_start,
    plain,
)

pytestmark = pytest.mark.once


def _annealed(passes=24, learn_alpha=True, **changes):
    usual = {"start": 0.7, "end": 0.9, "relaxation": 1.8, "plain_passes": 2, "average": 0.25}
    return annealed(passes, learn_alpha, **(usual | changes))


def test_plain_schedule_is_ordinary_em():
    assert plain(3, learn_alpha=True) == (Pass(1.0, 1.0, False, True, False),) * 3
    assert all(step.is_plain for step in plain(3, learn_alpha=False))


def test_temperature_falls_evenly():
    # 1/p goes from 10/7 towards 10/9, over 22 passes; half-way, after eleven, it is 80/63
    powers = [step.power for step in _annealed()[:22]]
    assert powers[0] == pytest.approx(0.7)
    assert powers[11] == pytest.approx(63 / 80)
    temperatures = 1 / np.array(powers)
    np.testing.assert_allclose(np.diff(temperatures), (10 / 9 - 10 / 7) / 22)
    # one more step of the same size would reach the end
    assert 1 / (2 * temperatures[-1] - temperatures[-2]) == pytest.approx(0.9)


def test_all_but_the_first_annealed_pass_overshoot():
    assert [step.relaxation for step in _annealed()] == [1.0] + [1.8] * 21 + [1.0] * 2


def test_annealed_passes_leave_their_own_contribution_out():
    assert [step.leave_out for step in _annealed()] == [True] * 22 + [False] * 2


def test_alpha_is_learned_from_half_the_cooling_on():
    assert [step.learn_alpha for step in _annealed()] == [False] * 11 + [True] * 13
    # of nine annealed passes the fifth begins before the half, the sixth after it
    assert [step.learn_alpha for step in _annealed(11)] == [False] * 5 + [True] * 6
    assert not any(step.learn_alpha for step in _annealed(learn_alpha=False))


@pytest.mark.parametrize("plain_passes", [0, 1, 2, 5, 24])
def test_last_passes_are_plain(plain_passes):
    schedule = _annealed(plain_passes=plain_passes)
    assert len(schedule) == 24
    assert [step.is_plain for step in schedule] == [False] * (24 - plain_passes) + [True] * plain_passes


@pytest.mark.parametrize(
    ("passes", "average", "averaged"),
    [
        (24, 0.25, [19, 20, 21, 22, 23, 24]),
        (12, 0.25, [10, 11, 12]),
        (10, 0.25, [8, 9, 10]),  # two and a half passes are three
        (5, 0.0, []),
        (3, 1.0, [1, 2, 3]),
    ],
)
def test_last_share_of_the_passes_is_averaged(passes, average, averaged):
    schedule = _annealed(passes, average=average)
    assert [number for number, step in enumerate(schedule, start=1) if step.averaged] == averaged


def test_tempered_pass_is_not_plain_for_any_of_three_reasons():
    assert not Pass(power=0.9).is_plain
    assert not Pass(relaxation=1.8).is_plain
    assert not Pass(leave_out=True).is_plain
    assert Pass(learn_alpha=True, averaged=True).is_plain


@pytest.mark.once
@pytest.mark.parametrize(
    ("n_docs", "tokens", "start"),
    [
        (11_000, 133, 0.7),
        (144, 70, 0.7),  # the sample corpus
        (33_000, 9.5, 0.4),
        (1_000_000, 38, 0.6),
        (1000, 9, 0.6),  # a small corpus would melt
        (10, 1, 0.6),
    ],
)
def test_short_documents_start_hotter_where_they_are_many(n_docs, tokens, start):
    assert default_start(n_docs, tokens) == pytest.approx(start, abs=1e-3)


@pytest.mark.once
@pytest.mark.parametrize(
    ("n_docs", "n_topics", "tokens", "end"),
    [
        (7_000, 50, 479, 0.9),
        (7_000, 500, 479, 0.9),
        (11_000, 50, 130, 0.891),
        (11_000, 200, 130, 0.766),
        (11_000, 500, 130, 0.766),
        (33_000, 50, 9.5, 0.55),
        (33_000, 200, 9.5, 0.425),
        (1_000_000, 500, 1, 0.4),
        (300, 50, 25, 0.805),  # a small corpus would melt
        (2, 2, 1, 0.9),
    ],
)
def test_short_documents_end_hotter_where_topics_are_many(n_docs, n_topics, tokens, end):
    assert default_end(n_docs, n_topics, tokens) == pytest.approx(end, abs=1e-3)


@pytest.mark.once
@pytest.mark.parametrize(
    ("n_docs", "n_terms", "n_nonzero", "n_topics", "n_minibatches"),
    [
        (11_000, 20_000, 800_000, 50, 8),
        (1_000_000, 10_000, 100_000_000, 100, 16),  # the weights of a sixteenth stay in the cache
        (2_999, 20_000, 200_000, 50, 40),
        (12, 500, 600, 5, 12),
        (1_000_000, 100_000, 140_000_000, 20, 17),  # a visit's entries take no more than 200 MB
        (1_000_000, 100_000, 140_000_000, 100, 10),  # unless as many minibatches would store more than that
        (1_000_000, 1_000_000, 100_000_000, 50, 2),  # each may store 200 MB
        (1_000_000, 10_000_000, 100_000_000, 100, 2),  # and two are the fewest that are any use
        (20_000, 10_000_000, 1_000_000, 100, 8),  # few words in them, however many terms there are
    ],
)
def test_minibatches_are_few_and_as_many_as_memory_and_cache_want(
    n_docs, n_terms, n_nonzero, n_topics, n_minibatches
):
    assert default_minibatches(n_docs, n_terms, n_nonzero, n_topics) == n_minibatches


@pytest.mark.once
@pytest.mark.parametrize(
    ("n_docs", "n_topics", "eta"),
    [(11_000, 50, 0.02), (11_000, 200, 0.01), (600, 20, 0.05), (600, 100, 0.02), (1_000_000, 1000, 0.002)],
)
def test_eta_is_two_words_a_term_at_most(n_docs, n_topics, eta):
    assert default_eta(n_docs, n_topics) == pytest.approx(eta)
