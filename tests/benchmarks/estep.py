"""Documents a second of our E-step, compiled and in NumPy, and of scikit-learn's and gensim's: one thread.

All get the same Phi, alpha and counts, in float32. A document stops when sum_t |delta gamma_t| is at most
TOLERANCE times its tokens. Ours takes it like that; scikit-learn and gensim compare the mean over topics of
|delta gamma_t| with one number, which is therefore set to TOLERANCE N / K for the documents of N tokens, all
of one length together, and ours are called in the same way. (For a hundred tokens and topics that is
scikit-learn's default.) They differ in where gamma starts: scikit-learn at 1, gensim at random, ours at
alpha + N / K. How far the results are apart is printed: half the sum over topics of |theta - our theta|.
"""

import os
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from lda_cli.engine.estep import e_step
from lda_cli.engine.kernel import kernel_name

from . import synthetic
from .timing import median_seconds

N_TERMS = 20_000
TOLERANCE = 1e-3
ITERATIONS = 100
TOPICS = (20, 100, 500)

Groups = list[csr_matrix]
Run = Callable[[], list[Any]]


def main() -> None:
    """Print the table."""
    n_docs = sum(synthetic.LENGTHS.values())
    lengths = ", ".join(str(length) for length in synthetic.LENGTHS)
    print(f"E-step on one thread ({n_docs} documents of {lengths} tokens, V = {N_TERMS:,})")
    fastest = kernel_name()
    print("  K  tool             documents/s  lda-cli is  theta apart")
    for n_topics in TOPICS:
        rng = np.random.default_rng(n_topics)
        tables = synthetic.topic_tables(n_topics, N_TERMS, rng)
        phi, groups = synthetic.phi_of(tables, N_TERMS), synthetic.groups(tables, N_TERMS, rng)
        alpha = np.full(n_topics, synthetic.ALPHA_SUM / n_topics)
        runs = {"lda-cli": ours(groups, phi, alpha, fastest)}
        if fastest != "numpy":
            runs["lda-cli, NumPy"] = ours(groups, phi, alpha, "numpy")
        for name, peer in {"scikit-learn": scikit_learn, "gensim": gensim}.items():
            try:
                runs[name] = peer(groups, phi, alpha)
            except ImportError:
                print(f"{n_topics:3}  {name:15}  not installed")
        seconds = median_seconds(runs)
        own = _theta(runs["lda-cli"]())
        for name, run in runs.items():
            apart = np.abs(_theta(run()) - own).sum(axis=1).mean() / 2
            ratio = seconds[name] / seconds["lda-cli"]
            print(f"{n_topics:3}  {name:15}  {n_docs / seconds[name]:11,.0f}  {ratio:9.1f}x  {apart:11.4f}")


def ours(groups: Groups, phi: np.ndarray, alpha: np.ndarray, kernel: str) -> Run:
    """Our E-step by one of our kernels."""
    term_weights = np.ascontiguousarray(phi.T)

    def run() -> list[np.ndarray]:
        os.environ["LDA_CLI_KERNEL"] = kernel
        return [
            e_step(counts, term_weights, alpha, tolerance=TOLERANCE, max_iterations=ITERATIONS).gamma
            for counts in groups
        ]

    return run


def scikit_learn(groups: Groups, phi: np.ndarray, alpha: np.ndarray) -> Run:
    """scikit-learn's E-step, as `transform` runs it."""
    from sklearn.decomposition import LatentDirichletAllocation  # noqa: PLC0415 - a peer may not be there

    floats = [counts.astype(np.float32) for counts in groups]
    model = LatentDirichletAllocation(
        len(phi), doc_topic_prior=alpha[0], max_doc_update_iter=ITERATIONS, n_jobs=1
    )
    model.partial_fit(floats[0][:1])
    model.components_ = model.exp_dirichlet_component_ = phi

    def run() -> list[np.ndarray]:
        found = []
        for counts, length in zip(floats, synthetic.LENGTHS, strict=True):
            model.mean_change_tol = TOLERANCE * length / len(phi)
            found.append(model.transform(counts))
        return found

    return run


def gensim(groups: Groups, phi: np.ndarray, alpha: np.ndarray) -> Run:
    """gensim's E-step, `LdaModel.inference`; its lists of pairs are made beforehand."""
    from gensim.models import LdaModel  # noqa: PLC0415 - a peer may not be there

    n_topics, n_terms = phi.shape
    chunks = [_as_pairs(counts) for counts in groups]
    model = LdaModel(
        num_topics=n_topics, id2word={w: str(w) for w in range(n_terms)}, alpha=alpha, iterations=ITERATIONS
    )
    model.expElogbeta = phi

    def run() -> list[np.ndarray]:
        found = []
        for chunk, length in zip(chunks, synthetic.LENGTHS, strict=True):
            model.gamma_threshold = TOLERANCE * length / n_topics
            found.append(model.inference(chunk)[0])
        return found

    return run


def _as_pairs(counts: csr_matrix) -> list[list[tuple[int, int]]]:
    pairs = list(zip(counts.indices.tolist(), counts.data.tolist(), strict=True))
    return [pairs[first:last] for first, last in pairwise(counts.indptr.tolist())]


def _theta(gammas: list[np.ndarray]) -> np.ndarray:
    gamma = np.concatenate(gammas)
    return gamma / gamma.sum(axis=1, keepdims=True)


if __name__ == "__main__":
    main()
