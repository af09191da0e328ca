"""Time per token and pass, and peak memory, as the corpus grows tenfold and again.

Every size is trained in a process of its own, with the default number of minibatches and all cores, through
the first passes of an annealed schedule and a plain one. Documents have 100 distinct terms, V = 50,000 and
K = 100. Peak memory is that of the whole process, the counts that it is given included (8 bytes an entry).
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time

import numpy as np

from lda_cli.engine import schedule
from lda_cli.engine.em import Training
from lda_cli.engine.settings import Settings
from lda_cli.engine.threads import count_threads, threads

from . import synthetic

SMALLEST = 10_000
N_TERMS, N_TOPICS = 50_000, 100
N_DISTINCT, N_TOKENS = 100, 240  # nearly every document has its 100 distinct terms within 240 tokens
PASSES = 8
MIB = 1 << 20


def main() -> None:
    """Print the table, or be the process that trains on so many documents and prints a row as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--largest", type=int, default=1_000_000)
    parser.add_argument("--documents", type=int)
    options = parser.parse_args()
    if options.documents:
        print(json.dumps(row(options.documents)))
        return
    print(
        f"Training, V = {N_TERMS:,}, K = {N_TOPICS}, {PASSES} passes of which the last is plain, "
        f"{count_threads('auto')} threads (ns: of a token and pass)"
    )
    print(
        "documents       tokens  minibatches  set-up s  pass s  median ns  ratio  each pass, ns         "
        "counts MiB  peak MiB"
    )
    smallest = np.nan
    size = SMALLEST
    while size <= options.largest:
        command = [sys.executable, "-m", "tests.benchmarks.scaling", "--documents", str(size)]
        found = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        each = [1e9 * seconds / found["tokens"] for seconds in found["passes"]]
        median = statistics.median(each)
        smallest = median if size == SMALLEST else smallest
        print(
            f"{size:9,}  {found['tokens']:11,}  {found['minibatches']:11}  {found['set_up']:8.1f}"
            f"  {statistics.median(found['passes']):6.2f}  {median:9.0f}  {median / smallest:5.2f}"
            f"  {' '.join(f'{ns:.0f}' for ns in each):20}"
            f"  {found['counts_mib']:10.0f}  {found['peak_mib']:8.0f}",
        )
        size *= 10


def row(n_docs: int) -> dict[str, object]:
    """Train on so many documents, in this process."""
    rng = np.random.default_rng(n_docs)
    tables = synthetic.topic_tables(N_TOPICS, N_TERMS, rng)
    counts = synthetic.documents(n_docs, N_TERMS, N_TOKENS, N_DISTINCT, tables, rng)
    del tables
    n_minibatches = schedule.default_minibatches(n_docs, N_TERMS, counts.nnz, N_TOPICS)
    settings = Settings(
        schedule=schedule.annealed(
            PASSES, True, start=0.7, end=0.9, relaxation=1.8, plain_passes=1, average=0.25
        ),
        alpha=np.full(N_TOPICS, 1 / N_TOPICS),
        eta=schedule.default_eta(n_docs, N_TOPICS),
        n_minibatches=n_minibatches,
        seed=0,
    )
    n_tokens = int(counts.data.sum(dtype=np.int64))
    n_bytes = counts.data.nbytes + counts.indices.nbytes + counts.indptr.nbytes
    start = time.perf_counter()
    with threads("auto") as parallel:
        training = Training(counts, settings, parallel)
        del counts  # the training has its own
        set_up = time.perf_counter() - start
        passes = [record.seconds for record in training.run()]
    return {
        "tokens": n_tokens,
        "minibatches": n_minibatches,
        "set_up": set_up,
        "passes": passes,
        "counts_mib": n_bytes / MIB,
        "peak_mib": _peak_bytes() / MIB,
    }


def _peak_bytes() -> int:
    """Of this process; Linux counts in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    main()
