"""The algorithms of a training: what each name of training.algorithm means.

Another algorithm is a class with the members of `Trainer`, a row here, and its name in config/schema.py.
"""

from collections.abc import Callable
from typing import NamedTuple

from scipy.sparse import csr_matrix

from ..engine.counts import Counts, Keep
from ..engine.em import Training
from ..engine.estep import Map
from ..engine.minibatches import Make
from ..engine.settings import Settings
from ..engine.trainer import Trainer


class Algorithm(NamedTuple):
    """A way of training.

    trainer : makes it of the counts, the settings, a parallel map, what keeps its copy of the counts, and
        what makes its minibatches
    anneals : whether its passes have powers below one; if not, they stop when the bound does
    is_batch : whether all documents are one minibatch
    """

    trainer: Callable[[Counts | csr_matrix, Settings, Map, Keep, Make], Trainer] = Training
    anneals: bool = False
    is_batch: bool = False


ALGORITHMS = {
    "batch": Algorithm(is_batch=True),
    "incremental": Algorithm(),
    "annealed": Algorithm(anneals=True),
}
