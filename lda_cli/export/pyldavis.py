"""An .npz of the five arrays that pyLDAvis.prepare takes by these names."""

from typing import BinaryIO

import numpy as np

from ..errors import ModelError
from ..model.model import Model
from . import Choice


def write_pyldavis(model: Model, choice: Choice, stream: BinaryIO) -> None:
    """Write the arrays, theta from its file and not from memory."""
    if model.documents is None:
        raise ModelError("the model is not saved, and has no documents to export")
    np.savez(
        stream,
        topic_term_dists=model.phi,
        doc_topic_dists=model.documents.theta,
        doc_lengths=model.documents.lengths,
        vocab=np.array(model.vocabulary, np.str_),
        term_frequency=model.term_counts[:, 0],
    )
