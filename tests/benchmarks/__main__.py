"""`make bench`: documents a second of our E-step and of scikit-learn's, same Phi, counts and tolerance."""

import os
import platform
import statistics
import time
from collections.abc import Callable

import numpy as np
import scipy
import sklearn
from scipy.sparse import csr_matrix
from sklearn.decomposition import LatentDirichletAllocation

from lda_cli.engine.estep import e_step
from lda_cli.engine.kernel import kernel_name
from lda_cli.model.model import threads

N_DOCUMENTS, N_TERMS, N_TOKENS = 3000, 20_000, 130
MEAN_CHANGE = 1e-3  # scikit-learn's tolerance: of the mean over topics of |delta gamma|
ITERATIONS = 100
REPEATS = 3


def corpus(n_topics: int, rng: np.random.Generator) -> tuple[csr_matrix, np.ndarray]:
    """Documents of `N_TOKENS` tokens drawn from the model, over words as frequent as Zipf says; and Phi."""
    frequency = 1 / np.arange(10, N_TERMS + 10)
    phi = rng.gamma(0.1, size=(n_topics, N_TERMS)) * frequency
    phi = (phi + 1e-3 * frequency) / (phi + 1e-3 * frequency).sum(axis=1, keepdims=True)
    theta = rng.dirichlet(np.full(n_topics, 5 / n_topics), size=N_DOCUMENTS)
    topics = np.stack([rng.multinomial(N_TOKENS, row) for row in theta])
    words = np.zeros((N_DOCUMENTS, N_TOKENS), np.int32)
    place = np.zeros(N_DOCUMENTS, int)
    for topic in range(n_topics):
        docs = np.repeat(np.arange(N_DOCUMENTS), topics[:, topic])
        drawn = rng.choice(N_TERMS, size=len(docs), p=phi[topic])
        within = np.concatenate([np.arange(n) for n in topics[:, topic]])
        words[docs, place[docs] + within] = drawn
        place += topics[:, topic]
    rows = np.repeat(np.arange(N_DOCUMENTS), N_TOKENS)
    counts = csr_matrix(
        (np.ones(words.size, np.int32), (rows, words.ravel())), shape=(N_DOCUMENTS, N_TERMS), dtype=np.int32
    )
    return counts, phi


def documents_per_second(run: Callable[[], object]) -> float:
    """The median of some runs, after one to warm up."""
    run()
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return N_DOCUMENTS / statistics.median(seconds)


def scikit_learn(counts: csr_matrix, phi: np.ndarray, alpha: float) -> Callable[[], object]:
    """scikit-learn's E-step with this Phi, on one thread."""
    model = LatentDirichletAllocation(
        len(phi), doc_topic_prior=alpha, max_doc_update_iter=ITERATIONS, mean_change_tol=MEAN_CHANGE, n_jobs=1
    )
    model.partial_fit(counts[:1])
    model.components_ = model.exp_dirichlet_component_ = phi
    return lambda: model.transform(counts)


def ours(counts: csr_matrix, phi: np.ndarray, alpha: float, n_threads: int) -> Callable[[], object]:
    """Our E-step with this Phi; the same tolerance, as a share of a document's tokens."""
    term_weights = np.ascontiguousarray(phi.T, dtype=np.float32)
    prior = np.full(len(phi), alpha)
    tolerance = MEAN_CHANGE * len(phi) / N_TOKENS

    def run() -> None:
        with threads(n_threads) as parallel:
            e_step(
                counts, term_weights, prior, tolerance=tolerance, max_iterations=ITERATIONS, parallel=parallel
            )

    return run


def main() -> None:
    """Print the table."""
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"NumPy {np.__version__}, SciPy {scipy.__version__}, scikit-learn {sklearn.__version__}, "
        f"kernel {kernel_name()}"
    )
    print(f"E-step, documents a second ({N_DOCUMENTS} documents of {N_TOKENS} tokens, {N_TERMS} terms)")
    print(f"{'topics':>6}  {'scikit-learn':>12}  {'lda-cli':>8}  {'ratio':>5}  {'2 threads':>9}  {'gain':>5}")
    for n_topics in (20, 100, 500):
        counts, phi = corpus(n_topics, np.random.default_rng(n_topics))
        alpha = 5 / n_topics
        theirs = documents_per_second(scikit_learn(counts, phi, alpha))
        one, two = (documents_per_second(ours(counts, phi, alpha, n)) for n in (1, 2))
        print(f"{n_topics:6}  {theirs:12.0f}  {one:8.0f}  {one / theirs:5.2f}  {two:9.0f}  {two / one:5.2f}")


if __name__ == "__main__":
    main()
