"""The peers, each trained in a process of its own.

    python -m tests.benchmarks.tools NAME AMOUNT K SEED FOLDER

The folder is that of words.py; result.npz is left in it: phi (K, V) and alpha (K,). Every tool has all cores
that it can use, and learns alpha where it can. AMOUNT counts sweeps, passes or iterations.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lda_cli.engine.threads import count_threads

from . import words

Result = tuple[np.ndarray, np.ndarray]
Documents = list[list[str]]
Index = dict[str, int]


def gensim(documents: Documents, index: Index, n_topics: int, amount: int, seed: int) -> Result:
    """Online variational Bayes; with several workers it cannot learn alpha."""
    from gensim.models import LdaMulticore  # noqa: PLC0415 - only the tool that runs is imported

    counts = words.count(documents, index)
    corpus = [
        list(zip(row.indices.tolist(), row.data.tolist(), strict=True))
        for row in (counts[d] for d in range(len(documents)))
    ]
    model = LdaMulticore(
        corpus,
        num_topics=n_topics,
        id2word={column: term for term, column in index.items()},
        workers=count_threads("auto"),
        passes=amount,
        eta="auto",
        random_state=seed,
    )
    return model.get_topics(), model.alpha


def scikit_learn(documents: Documents, index: Index, n_topics: int, amount: int, seed: int) -> Result:
    """Batch variational Bayes."""
    from sklearn.decomposition import LatentDirichletAllocation  # noqa: PLC0415

    model = LatentDirichletAllocation(
        n_topics, max_iter=amount, n_jobs=count_threads("auto"), random_state=seed, learning_method="batch"
    ).fit(words.count(documents, index))
    return model.components_, np.full(n_topics, 1 / n_topics)


def tomotopy(documents: Documents, index: Index, n_topics: int, amount: int, seed: int) -> Result:
    """Collapsed Gibbs sampling."""
    import tomotopy as tp  # noqa: PLC0415

    model = tp.LDAModel(k=n_topics, seed=seed)
    for document in documents:
        model.add_doc(document)
    model.burn_in = _burn_in(amount)
    model.train(amount, workers=count_threads("auto"))
    phi = np.stack([model.get_topic_word_dist(topic) for topic in range(n_topics)])
    return aligned(phi, model.used_vocabs, index), model.alpha


def topica(documents: Documents, index: Index, n_topics: int, amount: int, seed: int) -> Result:
    """SparseLDA sampling; alpha as MALLET's users set it."""
    import topica as tc  # noqa: PLC0415

    model = tc.LDA(
        n_topics,
        seed=seed,
        num_threads=count_threads("auto"),
        alpha_sum=5.0,
        optimize_interval=10,
        burn_in=_burn_in(amount),
    )
    model.fit(documents, iters=amount, progress=False)
    return aligned(model.topic_word, model.vocabulary, index), model.alpha


def pyrmallet(documents: Documents, index: Index, n_topics: int, amount: int, seed: int) -> Result:
    """MALLET's sampler on one thread. It keeps its alpha to itself: the mean of theta stands in for it."""
    import pyrmallet as pm  # noqa: PLC0415

    model = pm.LatentDirichletAllocation(
        n_topics,
        doc_topic_prior=5.0,
        max_iter=amount,
        random_state=seed,
        burn_in=_burn_in(amount),
        optimize_interval=10,
    )
    theta = model.fit_transform(list(map(" ".join, documents)))
    return aligned(model.components_, model.feature_names_in_, index), 5.0 * np.asarray(theta).mean(axis=0)


def bitermplus(documents: Documents, index: Index, n_topics: int, amount: int, seed: int) -> Result:
    """Gibbs sampling of the biterm model, for short documents (Yan et al. 2013), on one thread.

    Its documents have no theta, only the corpus has: that stands in for alpha, with a sum of 1.
    """
    import bitermplus as bp  # noqa: PLC0415

    model = bp.BTM(
        words.count(documents, index), np.array(list(index)), T=n_topics, alpha=50 / n_topics, seed=seed
    )
    columns = [np.array([index[term] for term in document], np.int32) for document in documents]
    model.fit(bp.get_biterms(columns), iterations=amount, verbose=False)
    return model.matrix_topics_words_, model.theta_


TOOLS: dict[str, Callable[[Documents, Index, int, int, int], Result]] = {
    "gensim": gensim,
    "scikit-learn": scikit_learn,
    "tomotopy": tomotopy,
    "topica": topica,
    "pyrmallet": pyrmallet,
    "bitermplus": bitermplus,
}


def aligned(phi: np.ndarray, terms: list[str], index: Index) -> np.ndarray:
    """Phi over the columns of `index`, from a tool that orders the terms in its own way."""
    ordered = np.zeros((len(phi), len(index)))
    ordered[:, [index[term] for term in terms]] = phi
    return ordered


def _burn_in(sweeps: int) -> int:
    """Sweeps before alpha is learned: MALLET's 200, or a quarter of few."""
    return min(200, sweeps // 4)


def main() -> None:
    """Train one tool."""
    name, amount, n_topics, seed, folder = sys.argv[1:]
    documents, index = words.read(Path(folder))
    phi, alpha = TOOLS[name](documents, index, int(n_topics), int(amount), int(seed))
    phi = np.asarray(phi, float)
    np.savez(
        Path(folder, "result.npz"), phi=phi / phi.sum(axis=1, keepdims=True), alpha=np.asarray(alpha, float)
    )


if __name__ == "__main__":
    main()
