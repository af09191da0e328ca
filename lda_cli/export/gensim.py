"""A folder that makes a gensim LdaModel, without pickle: arrays, a dictionary, and lines that load them."""

from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO

import numpy as np

from ..errors import safe
from ..model.model import Model
from . import Choice
from .expected import rescaled, weights

# Written as load.py. gensim's own `load` wants a pickle; its inference reads alpha and expElogbeta.
_LOADER = '''"""Make a gensim LdaModel of the files beside this one: from load import lda, dictionary."""

from pathlib import Path

import numpy as np
from gensim.corpora import Dictionary
from gensim.models import LdaModel

HERE = Path(__file__).parent
dictionary = Dictionary.load_from_text(str(HERE / "dictionary.txt"))
alpha, eta = np.load(HERE / "alpha.npy"), float(np.load(HERE / "eta.npy"))
lda = LdaModel(
    id2word=dictionary, num_topics=len(alpha), alpha=alpha, eta=eta,
    iterations=1000, gamma_threshold=1e-6, dtype=np.float64, random_state=0,
)
lda.state.sstats = np.load(HERE / "lambda.npy") - eta  # the expected counts
lda.state.numdocs = dictionary.num_docs
lda.expElogbeta = np.load(HERE / "expElogbeta.npy")  # Phi, each column up to a factor, which changes no topic
'''


def gensim_files(model: Model, choice: Choice) -> dict[str, Callable[[BinaryIO], object]]:
    """Return the files of `export gensim` by name, each as what writes it.

    gensim integrates over Phi, and has exp(E[log beta]) where lda-cli has Phi: so Phi is given as that.
    """
    return {
        "load.py": lambda stream: stream.write(_LOADER.encode()),
        "dictionary.txt": partial(_dictionary, model),
        "alpha.npy": _array(lambda: model.alpha),
        "eta.npy": _array(lambda: np.array(model.eta)),
        "lambda.npy": _array(lambda: weights(model)),
        "expElogbeta.npy": _array(lambda: rescaled(model.phi)),
    }


def _dictionary(model: Model, stream: BinaryIO) -> None:
    """Write the number of documents; number, term and documents of each term (Dictionary.load_from_text)."""
    stream.write(f"{model.n_documents}\n".encode())
    counts = model.term_counts[:, 1].tolist()
    rows = enumerate(zip(model.vocabulary, counts, strict=True))
    stream.writelines(f"{n}\t{safe(term)}\t{count}\n".encode() for n, (term, count) in rows)


def _array(make: Callable[[], Any]) -> Callable[[BinaryIO], object]:
    return lambda stream: np.lib.format.write_array(stream, make(), allow_pickle=False)
