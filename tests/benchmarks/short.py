"""Documents a second and pass on short documents: with theta integrated out beside the mean field.

A pass is one of a training, M-step and bookkeeping included, at the power 0.75, the last of PASSES. A term's
update costs about FLOPS operations a topic where theta is integrated out, most of them in the logarithm and
the exponential of the power; the share of the machine's peak is that of the E-step alone, run for ITERATIONS
updates with a tolerance of 0.
"""

from functools import partial

import numpy as np
from scipy.sparse import csr_matrix

from lda_cli.engine import schedule
from lda_cli.engine.em import Settings, Training
from lda_cli.engine.estep import Map, collapsed_fixed_points, documents
from lda_cli.engine.threads import threads

from . import machine, synthetic
from .timing import medians, seconds_of

N_DOCUMENTS, N_TERMS = 20_000, 5_000
LENGTHS, TOPICS = (5, 10, 50), (20, 100, 500)
PASSES = 4  # of which the last is timed
POWER, ITERATIONS = 0.75, 10
FLOPS = 47  # a topic: 21 of the logarithm, 16 of the exponential, 10 of the update


def main() -> None:
    """Print the table."""
    print(f"Short documents ({N_DOCUMENTS:,}, V = {N_TERMS:,}): documents a second and pass, one thread")
    print("words    K  mean field  collapsed  two threads gain  Gflop/s of the peak")
    with machine.measuring() as program:
        peak = machine.rate(program, "fma", 1) if program else np.nan
        for n_words in LENGTHS:
            for n_topics in TOPICS:
                rng = np.random.default_rng(n_topics)
                tables = synthetic.topic_tables(n_topics, N_TERMS, rng)
                counts = synthetic.documents(N_DOCUMENTS, N_TERMS, n_words, n_words, tables, rng)
                row = _row(counts, synthetic.phi_of(tables, N_TERMS))
                print(
                    f"{n_words:5}  {n_topics:3}  {row['mean field']:10,.0f}  {row['one']:9,.0f}  "
                    f"{row['two'] / row['one']:16.2f}  {row['gflops']:7.1f}  {row['gflops'] / peak:9.0%}",
                    flush=True,
                )


def _row(counts: csr_matrix, phi: np.ndarray) -> dict[str, float]:
    n_topics = len(phi)
    with threads(2) as both:
        seconds = medians(
            {
                "mean field": partial(_last_pass, counts, n_topics, map, False),
                "one": partial(_last_pass, counts, n_topics, map, True),
                "two": partial(_last_pass, counts, n_topics, both, True),
                "gflops": partial(seconds_of, partial(_updates, counts, phi)),
            },
            repeats=3,
        )
    found = {name: counts.shape[0] / taken for name, taken in seconds.items()}
    return found | {"gflops": FLOPS * counts.nnz * n_topics * ITERATIONS / seconds["gflops"] / 1e9}


def _last_pass(counts: csr_matrix, n_topics: int, parallel: Map, collapsed: bool) -> float:
    """Seconds of the last of PASSES passes."""
    step = schedule.Pass(power=POWER, leave_out=True, collapsed=collapsed)
    n_minibatches = schedule.default_minibatches(*counts.shape, counts.nnz, n_topics, collapsed)
    settings = Settings((step,) * PASSES, np.full(n_topics, 1 / n_topics), 0.02, n_minibatches, 0)
    return [record.seconds for record in Training(counts, settings, parallel).run()][-1]


def _updates(counts: csr_matrix, phi: np.ndarray) -> None:
    alpha = np.full(len(phi), 1 / len(phi))
    term_weights = np.ascontiguousarray(phi.T) ** np.float32(POWER)
    collapsed_fixed_points(
        documents(counts, len(phi)),
        term_weights,
        alpha,
        power=POWER,
        tolerance=0.0,
        max_iterations=ITERATIONS,
        parallel=map,
    )


if __name__ == "__main__":
    main()
