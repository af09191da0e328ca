"""Two threads against one, beside what the machine gives to two loops that share nothing.

What is timed is the E-step on given arrays, and a whole pass of training, which is the E-step, the M-step
and the bookkeeping; "of loops" is the gain as a share of the gain of the loops. Single runs of one and two
threads, and of one and two loops of fused multiply-adds, each loop a process, take turns, so that all meet
the same moments of the machine.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, vstack

from lda_cli.engine import schedule
from lda_cli.engine.em import Settings, Training
from lda_cli.engine.estep import Map, cold_start, documents, fixed_points
from lda_cli.engine.threads import threads

from . import machine, synthetic
from .timing import REPEATS, medians, seconds_of

N_TERMS = 20_000
BATCHES = 4  # of documents
TOPICS = (50, 100, 200)
PASSES = 3  # of which the last is timed


def main() -> None:
    """Print the table."""
    print(f"Two threads against one: gain in speed (medians of {REPEATS}; V = {N_TERMS:,})")
    print("  K  documents/s, one      two  gain  of loops  training pass gain  of loops  two FMA loops")
    with machine.measuring() as program:
        for n_topics in TOPICS:
            rng = np.random.default_rng(n_topics)
            tables = synthetic.topic_tables(n_topics, N_TERMS, rng)
            parts = [group for _ in range(BATCHES) for group in synthetic.groups(tables, N_TERMS, rng)]
            counts = vstack(parts).tocsr()
            one, two, training, loops = _gains(counts, synthetic.phi_of(tables, N_TERMS), program)
            gain, n_docs = one / two, counts.shape[0]
            print(
                f"{n_topics:3}  {n_docs / one:15,.0f}  {n_docs / two:7,.0f}  {gain:4.2f}  {gain / loops:8.0%}"
                f"  {training:18.2f}  {training / loops:8.0%}  {loops:13.2f}"
            )


def _gains(counts: csr_matrix, phi: np.ndarray, program: Path | None) -> tuple[float, float, float, float]:
    """Seconds of the E-step on one and on two threads; gains of training and of two loops."""
    loops = {n: partial(machine.rate, program, "fma", n) if program else lambda: np.nan for n in (1, 2)}
    with threads(2) as both:
        found = medians(
            {
                "one": partial(seconds_of, _e_step(counts, phi, map)),
                "two": partial(seconds_of, _e_step(counts, phi, both)),
                "train on one": partial(_last_pass, counts, len(phi), map),
                "train on two": partial(_last_pass, counts, len(phi), both),
                "loop": loops[1],
                "loops": loops[2],
            }
        )
    return (
        found["one"],
        found["two"],
        found["train on one"] / found["train on two"],
        found["loops"] / found["loop"],
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


def _last_pass(counts: csr_matrix, n_topics: int, parallel: Map) -> float:
    """Seconds of a tempered pass that is not the first."""
    plan = schedule.Pass(power=0.75, relaxation=1.8, leave_out=True)
    settings = Settings(
        schedule=(plan,) * PASSES,
        alpha=np.full(n_topics, 1 / n_topics),
        eta=0.02,
        n_minibatches=8,
        seed=0,
    )
    *_, record = Training(counts, settings, parallel).run()
    return record.seconds


if __name__ == "__main__":
    main()
