"""An .npz of the attributes of scikit-learn's LatentDirichletAllocation, without pickle."""

from typing import BinaryIO

import numpy as np

from ..model.model import Model
from . import Choice
from .expected import rescaled, weights


def write_sklearn(model: Model, choice: Choice, stream: BinaryIO) -> str | None:
    """Write the arrays that the lines of `SKLEARN_LOADER` read; return a warning, or None.

    transform reads exp_dirichlet_component_, exp(E[log beta]), where lda-cli has Phi itself: so Phi is given
    as that, and components_ are honest pseudo-counts. Its prior of theta is one number, which must be the
    mean of alpha.
    """
    mean = float(model.alpha.mean())
    np.savez(
        stream,
        components_=weights(model),
        exp_dirichlet_component_=rescaled(model.phi),
        doc_topic_prior_=np.array(mean),
        topic_word_prior_=np.array(model.eta),
        feature_names=np.array(model.vocabulary, np.str_),
    )
    if np.allclose(model.alpha, mean, rtol=1e-9):
        return None
    return (
        f"scikit-learn has one alpha for all topics: {mean:.6g}, the mean, is written, and its shares differ "
        f"from those of lda-cli; gensim takes all {model.n_topics}"
    )
