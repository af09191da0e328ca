"""What is measured of one run: on the documents it was trained on, and on those held out."""

from typing import NamedTuple

import numpy as np

from ..corpus.counts.counts_file import StoredDocuments
from ..engine.arrays import Float32, Float64
from ..engine.diversity import WORDS as DIVERSITY_WORDS
from ..engine.diversity import topic_diversity
from ..engine.estep import Map
from ..engine.heldout import completion, predictive
from ..evaluation.coherence import topic_words
from ..model.model import Model
from .agreement import WORDS
from .split import HeldOutCounts, in_vocabulary

SEED = 0  # of the halves of the held-out documents, the same for all runs


class Measures(NamedTuple):
    """The measures of a run.

    words : the columns of the first words of each topic; none for a topic without tokens
    spectral : the divergence of Arun et al. 2010; None if a topic has no tokens
    aic : Akaike's criterion, in nats a token
    npmi : mean over topics; None if no topic has two words
    diversity : share of distinct words among the first ones of all topics
    held_out : log p of the second half of each held-out document given its first; None without any
    held_out_tokens : of each second half
    """

    words: tuple[tuple[int, ...], ...]
    spectral: float | None
    aic: float
    npmi: float | None
    diversity: float | None
    held_out: tuple[float, ...] | None = None
    held_out_tokens: tuple[int, ...] | None = None


def measured(
    model: Model, documents: StoredDocuments, held_out: HeldOutCounts | None, parallel: Map = map
) -> Measures:
    """Measure a model, in memory that does not grow with its corpus.

    documents : those of its training, in their order
    """
    known = [value for value in model.npmi if value is not None]
    words, phi_t = topic_words(model, max(WORDS, DIVERSITY_WORDS)), np.ascontiguousarray(model.phi.T)
    scores = None
    if held_out is not None:
        found = completion(held_out.counts, phi_t, model.alpha, held_out.keys, seed=SEED, parallel=parallel)
        scores = tuple(found.log_p.tolist()), tuple(found.n_tokens.tolist())
    return Measures(
        tuple(tuple(some[:WORDS].tolist()) for some in words),
        spectral(model),
        aic(model, documents, phi_t, parallel),
        float(np.mean(known)) if known else None,
        topic_diversity([some[:DIVERSITY_WORDS] for some in words]),
        *(scores or ()),
    )


def spectral(model: Model) -> float | None:
    """KL(a || b) + KL(b || a), in the form that gives the curve of Arun et al. 2010.

    a : the singular values of Phi; b : sum_d N_d theta_dk, largest first; each divided by its sum
    """
    if len(model.vocabulary) < model.n_topics:
        return None
    assert model.documents is not None
    values = np.linalg.svd(model.phi.astype(np.float64), compute_uv=False)
    sizes = np.sort(_tokens_of_topics(model))[::-1]
    a, b = values / values.sum(), sizes / max(sizes.sum(), 1e-300)
    if min(a.min(), b.min()) <= 0:
        return None
    return float(((a - b) * np.log(a / b)).sum())


def _tokens_of_topics(model: Model) -> Float64:
    assert model.documents is not None
    lengths = model.documents.lengths.astype(np.float64)
    total = np.zeros(model.n_topics)
    for first, theta in model.documents.blocks():
        total += lengths[first : first + len(theta)] @ theta.astype(np.float64)
    return total


def aic(model: Model, documents: StoredDocuments, phi_t: Float32, parallel: Map = map) -> float:
    """(V - 1) K - sum_dw n_dw log(theta_d . phi_w), divided by the tokens: half of Akaike's criterion.

    phi_t : (V, K), the model's phi.T in C order
    """
    assert model.documents is not None
    theta = model.documents.theta
    log_p, first = 0.0, 0
    for counts in in_vocabulary(documents, model):
        of_these = theta[first : first + counts.shape[0]].astype(np.float64)
        log_p += float(predictive(counts, phi_t, of_these, parallel).sum())
        first += counts.shape[0]
    return ((len(model.vocabulary) - 1) * model.n_topics - log_p) / model.n_tokens
