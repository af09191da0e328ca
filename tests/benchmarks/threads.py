"""Two threads against one: the E-step on given arrays, and a whole pass of training, M-step included.

Single runs of one and of two threads take turns, so that all meet the same moments of the machine.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.sparse import csr_matrix, vstack

from lda_cli.engine.estep import Map, cold_start, documents, fixed_points
from lda_cli.engine.schedule import Pass
from lda_cli.engine.threads import threads

from . import synthetic
from .timing import REPEATS, last_pass, medians, seconds_of

N_TERMS = 20_000
BATCHES = 4  # of documents
TOPICS = (50, 100, 200)
PASS = Pass(power=0.75, relaxation=1.8, leave_out=True)


def main() -> None:
    """Print the table."""
    print(f"Two threads against one: gain in speed (medians of {REPEATS}; V = {N_TERMS:,})")
    print("  K  documents/s, one      two  gain  training pass gain")
    for n_topics in TOPICS:
        rng = np.random.default_rng(n_topics)
        tables = synthetic.topic_tables(n_topics, N_TERMS, rng)
        parts = [group for _ in range(BATCHES) for group in synthetic.groups(tables, N_TERMS, rng)]
        counts, phi = vstack(parts).tocsr(), synthetic.phi_of(tables, N_TERMS)
        n_docs = counts.shape[0]
        with threads(2) as both:
            found = medians(
                {
                    "one": partial(seconds_of, _e_step(counts, phi, map)),
                    "two": partial(seconds_of, _e_step(counts, phi, both)),
                    "train on one": partial(last_pass, counts, n_topics, PASS, 8, map),
                    "train on two": partial(last_pass, counts, n_topics, PASS, 8, both),
                }
            )
        print(
            f"{n_topics:3}  {n_docs / found['one']:15,.0f}  {n_docs / found['two']:7,.0f}"
            f"  {found['one'] / found['two']:4.2f}  {found['train on one'] / found['train on two']:18.2f}"
        )


def _e_step(counts: csr_matrix, phi: np.ndarray, parallel: Map) -> Callable[[], object]:
    """The E-step alone, its arrays checked beforehand."""
    n_topics = len(phi)
    alpha = np.full(n_topics, synthetic.ALPHA_SUM / n_topics)
    term_weights = np.ascontiguousarray(phi.T)
    docs, n_tokens = documents(counts, n_topics), np.asarray(counts.sum(axis=1)).ravel()

    def run() -> None:
        start = cold_start(n_tokens, alpha, np.float32)
        settings = {"power": 1.0, "tolerance": 0.01, "max_iterations": 50}
        fixed_points(docs, term_weights, alpha, start, **settings, parallel=parallel)

    return run


if __name__ == "__main__":
    main()
