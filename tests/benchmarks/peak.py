"""The share of the machine's peak that the kernel reaches on one thread.

An update of gamma costs a document 4 flops for each of its distinct terms and topics: a multiplication and
an addition in the dot product, and in the weighted sum. The E-step is run for ITERATIONS updates with a
tolerance of 0, and counted as 4 nnz K flops each, though whatever else it does takes its time too. With a
small alpha it leaves out the topics that a document does not use, which the count does not see; with a large
one every topic of every document is really computed.
"""

from functools import partial

import numpy as np
from scipy.sparse import vstack

from lda_cli.engine.estep import cold_start, documents, fixed_points

from . import machine, synthetic
from .timing import median_seconds, medians

N_TERMS = 20_000
ITERATIONS = 20
TOPICS = (20, 50, 100, 200, 500)
ALPHAS = {"small alpha": lambda n_topics: synthetic.ALPHA_SUM / n_topics, "large alpha": lambda _: 1.0}


def main() -> None:
    """Print the machine's peak and the table."""
    with machine.measuring() as program:
        fma = np.nan
        if program:
            rates = {
                (what, n): partial(machine.rate, program, what, n) for what in ("fma", "copy") for n in (1, 2)
            }
            found = medians(rates)
            fma = found["fma", 1]
            print(
                f"Peak, by plain loops: {fma:.1f} Gflop/s of fused multiply-adds on one core, "
                f"{found['fma', 2]:.1f} on two; memory copy {found['copy', 1]:.1f} GB/s, "
                f"{found['copy', 2]:.1f} with two at once (read and written)"
            )
    print(f"Kernel on one thread, {ITERATIONS} iterations, 4 nnz K flops each: Gflop/s and share of the peak")
    print("  K" + "".join(f"  {name:>20}" for name in ALPHAS))
    for n_topics in TOPICS:
        cells = [f"{rate:13.1f} {rate / fma:6.0%}" for rate in _gflops(n_topics)]
        print(f"{n_topics:3}" + "".join(f"  {cell}" for cell in cells))


def _gflops(n_topics: int) -> list[float]:
    """Of each of ALPHAS."""
    rng = np.random.default_rng(n_topics)
    tables = synthetic.topic_tables(n_topics, N_TERMS, rng)
    counts = vstack(synthetic.groups(tables, N_TERMS, rng)).tocsr()
    docs, n_tokens = documents(counts, n_topics), np.asarray(counts.sum(axis=1)).ravel()
    term_weights = np.ascontiguousarray(synthetic.phi_of(tables, N_TERMS).T)
    flops = 4 * counts.nnz * n_topics * ITERATIONS

    def run(alpha: np.ndarray) -> None:
        start = cold_start(n_tokens, alpha, np.float32)
        settings = {"power": 1.0, "tolerance": 0.0, "max_iterations": ITERATIONS}
        fixed_points(docs, term_weights, alpha, start, **settings, parallel=map)

    alphas = {name: np.full(n_topics, value(n_topics)) for name, value in ALPHAS.items()}
    seconds = median_seconds({name: partial(run, alpha) for name, alpha in alphas.items()})
    return [1e-9 * flops / seconds[name] for name in ALPHAS]


if __name__ == "__main__":
    main()
