"""Documents a second and pass on short documents: with theta integrated out beside the mean field.

A pass is one of a training, M-step and bookkeeping included, at the power 0.75.
"""

from functools import partial

import numpy as np

from lda_cli.engine.schedule import Pass, default_minibatches
from lda_cli.engine.threads import threads

from . import synthetic
from .timing import last_pass, medians

N_DOCUMENTS, N_TERMS = 20_000, 5_000
LENGTHS, TOPICS = (5, 10, 50), (20, 100, 500)


def main() -> None:
    """Print the table."""
    print(f"Short documents ({N_DOCUMENTS:,}, V = {N_TERMS:,}): documents a second and pass, one thread")
    print("words    K  mean field  collapsed  two threads gain")
    for n_words in LENGTHS:
        for n_topics in TOPICS:
            rng = np.random.default_rng(n_topics)
            tables = synthetic.topic_tables(n_topics, N_TERMS, rng)
            counts = synthetic.documents(N_DOCUMENTS, N_TERMS, n_words, n_words, tables, rng)
            with threads(2) as both:
                runs = {"mean field": (map, False), "one": (map, True), "two": (both, True)}
                seconds = medians(
                    {
                        name: partial(
                            last_pass,
                            counts,
                            n_topics,
                            Pass(power=0.75, leave_out=True, collapsed=collapsed),
                            default_minibatches(*counts.shape, counts.nnz, n_topics, collapsed),
                            parallel,
                        )
                        for name, (parallel, collapsed) in runs.items()
                    },
                    repeats=3,
                )
            mean_field, collapsed = (N_DOCUMENTS / seconds[name] for name in ("mean field", "one"))
            gain = seconds["one"] / seconds["two"]
            print(
                f"{n_words:5}  {n_topics:3}  {mean_field:10,.0f}  {collapsed:9,.0f}  {gain:16.2f}", flush=True
            )


if __name__ == "__main__":
    main()
