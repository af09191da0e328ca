"""Topics that documents were drawn from are found again, with the kernel that a user gets.

The kernels are compared step by step in test_kernels.
"""

import numpy as np
import pytest

from lda_cli.engine.counts import as_counts
from lda_cli.engine.critical import spectrum
from lda_cli.engine.em import Training
from lda_cli.engine.estep import e_step
from lda_cli.engine.schedule import annealed, default_powers, plain
from lda_cli.engine.settings import Settings
from tests.engine.corpora import drawn_corpus, total_variation

pytestmark = pytest.mark.once

ANNEALED = annealed(24, True, start=0.7, end=0.9, relaxation=1.8, plain_passes=2, average=0.25)


def trained(counts, n_topics, schedule, n_minibatches, seed=0, eta=0.05):
    training = Training(counts, Settings(schedule, np.full(n_topics, 1 / n_topics), eta, n_minibatches, seed))
    list(training.run())
    return training


@pytest.mark.parametrize("n_topics", [5, 10])
@pytest.mark.parametrize("seed", [0, 1])
def test_annealing_finds_the_topics_of_drawn_documents(n_topics, seed):
    rng = np.random.default_rng(100 + n_topics)
    true = rng.dirichlet(np.full(300, 0.05), n_topics)
    counts, theta = drawn_corpus(true, np.full(n_topics, 0.1), 800, 80, rng)
    training = trained(counts, n_topics, ANNEALED, 20, seed)
    error = total_variation(training.phi, true)
    print(f"annealed, K={n_topics}, seed {seed}: total variation {error.mean():.4f}, worst {error.max():.4f}")
    assert error.mean() < 0.06
    np.testing.assert_allclose(training.alpha, 0.1, atol=0.05)

    # and with it the documents' proportions
    found = e_step(
        counts, np.ascontiguousarray(training.phi.T), training.alpha, tolerance=1e-4, max_iterations=100
    )
    shares = found.gamma / found.gamma.sum(axis=1, keepdims=True)
    distance = np.abs(true[:, None] - training.phi[None]).sum(axis=2)
    order = distance.argmin(axis=1)
    assert np.abs(shares[:, order] - theta).sum(axis=1).mean() / 2 < 0.1


def block_corpus(n_topics, words_each, rng):
    """Each topic owns its words; most documents have one or two topics."""
    true = np.kron(np.eye(n_topics), np.full(words_each, 1 / words_each))
    counts, _ = drawn_corpus(true, np.full(n_topics, 0.1), 300, 60, rng)
    return counts


def block_mass(phi):
    """(K, 5): what each topic holds of each block of eight words."""
    return phi.reshape(len(phi), 5, 8).sum(axis=2)


@pytest.mark.parametrize("eta", [0.0, 0.02])
@pytest.mark.parametrize("seed", [0, 1])
def test_annealing_finds_topics_with_words_of_their_own(eta, seed):
    training = trained(block_corpus(5, 8, np.random.default_rng(1)), 5, ANNEALED, 20, seed, eta)
    mass = block_mass(training.phi)
    print(f"annealed, eta {eta}, seed {seed}: least mass in one's own block {mass.max(axis=1).min():.4f}")
    assert sorted(mass.argmax(axis=1)) == [0, 1, 2, 3, 4]
    assert (mass.max(axis=1) > 0.99).all()


@pytest.mark.parametrize("n_minibatches", [1, 8], ids=["batch", "incremental"])
def test_best_of_a_few_plain_runs_finds_topics_with_words_of_their_own(n_minibatches):
    # plain EM ends three or four times in ten with two topics on one block: its bound then is a tenth lower
    counts = block_corpus(5, 8, np.random.default_rng(1))
    runs = []
    for seed in range(3):
        training = Training(counts, Settings(plain(50, True), np.full(5, 1 / 5), 0.02, n_minibatches, seed))
        runs.append((list(training.run())[-1].objective, block_mass(training.phi)))
    _, mass = max(runs, key=lambda run: run[0])
    print(f"{n_minibatches} minibatches: least mass in one's own block {mass.max(axis=1).min():.4f}")
    assert sorted(mass.argmax(axis=1)) == [0, 1, 2, 3, 4]
    assert (mass.max(axis=1) > 0.98).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_collapsed_annealing_finds_topics_of_six_words_a_document_where_the_mean_field_loses_some(seed):
    n_topics, length = 20, 6
    rng = np.random.default_rng(5)
    true = rng.dirichlet(np.full(100, 0.1), n_topics)
    counts, _ = drawn_corpus(true, np.full(n_topics, 0.03), 4000, length, rng)
    spectrum_of_corpus, prior = spectrum(as_counts(counts), 0), np.full(n_topics, 1 / n_topics)
    start, end = default_powers(spectrum_of_corpus, 4000, prior, length)
    usual = {"relaxation": 1.8, "average": 0.25}
    schedules = {
        "collapsed": annealed(24, True, start=start, end=end, plain_passes=0, collapsed=True, **usual),
        "mean field, as long documents have it": annealed(
            24, True, start=0.7, end=0.9, plain_passes=2, **usual
        ),
        "mean field, as hot": annealed(24, True, start=start, end=end, plain_passes=2, **usual),
    }
    worst = {}
    for name, schedule in schedules.items():
        error = total_variation(trained(counts, n_topics, schedule, 8, seed, 0.02).phi, true)
        worst[name] = error.max()
        print(f"{name}, seed {seed}: total variation {error.mean():.4f}, worst {error.max():.4f}")
    assert worst.pop("collapsed") < 0.25
    assert min(worst.values()) > 0.5
