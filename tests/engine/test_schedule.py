"""Schedules: what each pass does, worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from lda_cli.engine.critical import Spectrum
from lda_cli.engine.schedule import (
    Pass,
    annealed,
    cooler,
    default_end,
    default_eta,
    default_minibatches,
    default_powers,
    is_short,
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


@pytest.mark.parametrize("plain_passes", [0, 2, 24])
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


def test_tempered_pass_is_not_plain_for_any_of_four_reasons():
    assert not Pass(collapsed=True).is_plain
    assert not Pass(power=0.9).is_plain
    assert not Pass(relaxation=1.8).is_plain
    assert not Pass(leave_out=True).is_plain
    assert Pass(learn_alpha=True, averaged=True).is_plain


@pytest.mark.parametrize("plain_passes", [0, 2])
def test_tempered_passes_of_short_documents_are_collapsed_and_all_else_is_the_same(plain_passes):
    collapsed = _annealed(plain_passes=plain_passes, collapsed=True)
    assert [step.collapsed for step in collapsed] == [True] * (24 - plain_passes) + [False] * plain_passes
    others = _annealed(plain_passes=plain_passes)
    assert tuple(replace(step, collapsed=False) for step in collapsed)[:22] == others[:22]
    # the last two passes end in the counts that they find, plain or not
    assert [step.relaxation for step in collapsed] == [1.0] + [1.8] * 21 + [1.0] * 2


def test_cooler_passes_have_larger_powers_and_plain_ones_stay_plain():
    schedule = (Pass(power=0.5, relaxation=1.8), Pass(power=0.9), Pass(power=0.98), Pass(averaged=True))
    # none above 0.97, but for what was there before
    found = cooler(schedule, 0.1)
    assert found == (Pass(power=0.6, relaxation=1.8), Pass(power=0.97), *schedule[2:])
    assert cooler(schedule, 0.0) == schedule
    assert [step.power for step in cooler(schedule, 1.0)] == [0.97, 0.97, 0.98, 1.0]


def test_documents_are_short_below_36_tokens():
    assert [is_short(tokens) for tokens in (1, 35.9, 36, 130)] == [True, True, False, False]


def spectrum_of(eigenvalues, length, chance=0.0, chance_of_all=0.0):
    return Spectrum(np.array(eigenvalues), chance, chance_of_all, np.full(10, float(length)))


@pytest.mark.parametrize(("n_topics", "eigenvalue"), [(2, 0.5), (3, 0.2)])
def test_short_documents_cool_a_little_beyond_the_critical_power_of_the_last_topic(n_topics, eigenvalue):
    # topic K takes up mode K: of two topics lambda_2, of three lambda_3
    spectrum = spectrum_of([0.5, 0.2, 0.1], 10)
    # r is 9 / (A + 9), with alpha's sum 1, and rest = r (1 - lambda); p (1 + lambda p r / (1 - p r)) = 1
    r = 0.9
    rest = r * (1 - eigenvalue)
    critical = ((1 + r) - np.sqrt((1 + r) ** 2 - 4 * rest)) / (2 * rest)
    start, end = default_powers(spectrum, 5000, np.full(n_topics, 1 / n_topics), 10)
    assert start == pytest.approx(critical + 0.02, abs=5e-4)
    assert end == pytest.approx(critical + 0.08, abs=5e-4)


def test_no_default_power_is_above_097():
    nothing = np.full(2, 0.5)
    assert default_powers(spectrum_of([0.0], 10), 5000, nothing, 10) == (0.97, 0.97)
    assert default_powers(spectrum_of([0.0], 1000), 5000, nothing, 1000) == (0.97, 0.97)
    assert default_powers(spectrum_of([], 1), 1, nothing, 1) == (0.97, 0.97)


@pytest.mark.parametrize(
    ("eigenvalue", "start", "end"),
    [
        (0.25, 0.7, 0.9),  # 1 / (1 + 1/2) is hotter than 0.7
        (0.04, 0.833, 0.933),  # 1 / (1 + 1/5), and a tenth more
        (0.0001, 0.97, 0.97),
    ],
)
def test_long_documents_start_at_07_or_where_their_topics_begin(eigenvalue, start, end):
    found = default_powers(spectrum_of([eigenvalue], 1e6), 100, np.full(2, 0.5), 1e6)
    assert found == pytest.approx((start, end), abs=1e-3)


def test_of_more_than_fifty_topics_the_fiftieth_is_waited_for():
    numbers = np.arange(2, 17)
    spectrum = spectrum_of(0.9 / numbers, 10)
    few, fifty, many = (default_powers(spectrum, 5000, np.full(k, 1 / k), 10) for k in (49, 50, 500))
    assert few != fifty
    assert fifty == many


def test_default_powers_do_not_change_with_the_last_bits_of_an_eigenvalue():
    for length in (10, 1000):
        one, other = (spectrum_of([value], length) for value in (0.1, np.nextafter(0.1, 1)))
        powers = [default_powers(spectrum, 100, np.full(2, 0.5), length) for spectrum in (one, other)]
        assert powers[0] == powers[1]


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


@pytest.mark.parametrize(
    ("n_docs", "n_terms", "n_nonzero", "n_topics", "n_minibatches"),
    [
        (33_000, 5_000, 200_000, 50, 8),  # 40 MB of q(z) fit
        (1_000_000, 100_000, 30_000_000, 50, 20),  # unless so many minibatches would store more than 400 MiB
        (300_000, 10_000, 4_000_000, 50, 8),  # 800 MB in three parts, and eight there are
        (1_000_000, 1_000, 30_000_000, 50, 23),  # 6 GB in parts of 256 MiB
        (10, 1_000, 100, 50, 10),
    ],
)
def test_collapsed_visits_keep_q_of_each_entry_in_256_mebibytes(
    n_docs, n_terms, n_nonzero, n_topics, n_minibatches
):
    found = default_minibatches(n_docs, n_terms, n_nonzero, n_topics, collapsed=True)
    assert found == n_minibatches
    assert found >= default_minibatches(n_docs, n_terms, n_nonzero, n_topics)


@pytest.mark.parametrize(
    ("n_docs", "n_topics", "eta"),
    [(11_000, 50, 0.02), (11_000, 200, 0.01), (600, 20, 0.05), (600, 100, 0.02), (1_000_000, 1000, 0.002)],
)
def test_eta_is_two_words_a_term_at_most(n_docs, n_topics, eta):
    assert default_eta(n_docs, n_topics) == pytest.approx(eta)
