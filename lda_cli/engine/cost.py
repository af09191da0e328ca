"""What a training in shards costs: memory, and bytes through the folder that coordinator and workers share.

A visit to a minibatch of U terms writes their rows of S once. Each of its shards, of U_s terms, reads its
rows and its contribution, and writes the contribution and its change, which is read again: 5 x 4 K U_s bytes.
All is float32, but sums of changes, which are made by workers if there are many shards.

What that means for 10^9 documents of 100 distinct words and V = 10^6 terms, whose frequencies follow Zipf's
law; machines of 8 cores, and 10 Gbit/s of each to the folder; core-seconds a pass as measured on one thread
(2.1e5 and 2.5e4); a shard a machine:

                                     a pass                   memory
          machines  minibatches  compute   move     moved   a worker  coordinator   24 passes
    K = 100      8            8    7 min   0 min   0.18 TB     58 GB         4 GB        3 h
                64            8    1 min   0 min    1.8 TB      9 GB         4 GB     0.5 h
    K = 1000     1    64, of 8 shards
                                  7.3 h    3.2 h     15 TB     40 GB        36 GB       11 d
                 8            8   55 min   3 min    1.8 TB    237 GB        36 GB       23 h
                64            8    7 min   4 min     18 TB     40 GB        36 GB        4 h

More shards than machines are slower: what is moved grows with them, what is computed does not.
"""

from typing import NamedTuple

from .arrays import Float64
from .memory import contribution_bytes
from .mstep import KEPT_ENTRIES

# The changes that are added where their sum is wanted; if there are more, workers add pairs of them.
MOST_NODES = 4

# A process with its libraries; a worker has Dask's too. Measured.
WORKER_BYTES = 130_000_000

# Seconds of a visit beside work: Dask plans the tasks, a folder is made and deleted. Measured on one machine.
VISIT_SECONDS = 0.015


class Cost(NamedTuple):
    """Estimates, in bytes.

    moved : of a pass, written to the shared folder or read from it
    coordinator, worker : the largest size of the arrays of each; a worker visits one shard at a time
    stored : contributions, of two versions while one is replaced
    n_visits : to minibatches, in a pass
    """

    moved: float
    coordinator: float
    worker: float
    stored: float
    n_visits: int


def cost(
    frequencies: Float64,
    n_docs: int,
    n_entries: int,
    n_topics: int,
    n_minibatches: int,
    n_shards: int,
    n_workers: int,
    *,
    averages: bool,
) -> Cost:
    """Estimate a training.

    frequencies : (V,), the number of documents that each term is in
    averages : whether the result is a mean over passes
    """
    n_parts = n_minibatches * n_shards
    rows = contribution_bytes(frequencies, n_minibatches, n_topics)  # of all minibatches
    own = contribution_bytes(frequencies, n_parts, n_topics)  # of all shards
    inner, n_nodes = 0.0, n_shards
    while n_nodes > MOST_NODES:  # sums of pairs, float64, written and read
        n_nodes = (n_nodes + 1) // 2
        inner += 2 * 2 * contribution_bytes(frequencies, n_minibatches * n_nodes, n_topics)
    of_s = 8 * len(frequencies) * n_topics * (1 + averages)
    at_once = rows / n_minibatches
    # a visit: rows, contribution and Phi of the shard; gamma, weights and a start of its documents; its
    # entries with their order by term, and those of other shards that are kept ready
    ready = min(n_entries / n_workers, KEPT_ENTRIES) + n_entries / n_parts
    worker = 3 * own / n_parts + 12 * n_topics * n_docs / n_parts + 24 * ready
    return Cost(
        moved=rows + 5 * own + inner,
        coordinator=of_s + at_once + 2 * 2 * at_once,
        worker=worker,
        stored=own * (1 + 1 / n_minibatches),
        n_visits=n_minibatches,
    )
