"""Topics and terms, packed: what the lists, the map, the matrix, and the views of topic and term show."""

from typing import Any

import numpy as np

from ..corpus.terms.rows import IntArray
from ..engine.arrays import Float64, Int64
from ..engine.coherence import first_words
from ..engine.distinctive import relevance
from ..engine.layout import layout, seriated, trustworthiness
from ..engine.similarity import jensen_shannon_distances
from ..evaluation.diagnostics import of_phi
from ..evaluation.flags import flags_of
from ..export.similar import together_pmi
from ..model.model import Model
from .packing import Pack

WORDS = 10  # of a topic, where topics are listed
STEPS = tuple(step / 10 for step in range(11))  # of the weight of p in the relevance
TERMS = 30  # of a topic, at each step
BINS = 20  # of the histogram of shares
_TOPICS_OF_TERM, _LEAST_SHARE = 5, 0.02
_TERMS_AT_A_TIME = 4096
THOUSAND, MILLION = 1000, 1_000_000
NEVER = 65535  # of a PMI: no document has both topics
_PMI_ZERO, _PMI_UNIT = 20_000, 1000  # a PMI x is stored as 20000 + 1000 x


def add_topics(pack: Pack, model: Model) -> None:
    """Add what is known of topics: facts of each, distances, the map, and how often they share documents."""
    distances = jensen_shannon_distances(model.phi)
    flags = flags_of(model, of_phi(model, with_frex=False), distances=distances)
    names, largest = model.names, _largest(pack, model)
    topics: list[dict[str, Any]] = []
    for topic in model.topics(WORDS):
        label = model.labels.get(topic.number)
        topics.append(
            {
                "name": names[topic.number],
                "note": label.note if label else None,
                "hide": bool(label and label.hide),
                "share": topic.share,
                "alpha": topic.alpha,
                "tokens": float(model.topic_counts[topic.number]),
                "documents": int(largest[topic.number]),
                "npmi": topic.npmi,
                "flags": [str(flag) for flag in flags[topic.number]],
                "words": [word for word, _ in topic.words],
            }
        )
    points = layout(distances)
    trust = trustworthiness(distances, points)
    pack.facts["topics"] = topics
    pack.facts["map"] = np.round(points, 4).tolist()
    pack.facts["trustworthiness"] = None if trust is None else round(trust, 3)
    pack.facts["order"] = seriated(distances)
    pack.array("distances", np.rint(distances * THOUSAND).astype(np.uint16))
    if model.documents:
        pmi = together_pmi(model) * _PMI_UNIT + _PMI_ZERO
        pack.array("together", np.where(np.isnan(pmi), NEVER, np.rint(pmi)).astype(np.uint16))


def _largest(pack: Pack, model: Model) -> Int64:
    """Add how often each topic has which share of a document; return of how many it is the largest: (K,)."""
    largest = np.zeros(model.n_topics, np.int64)
    shares = np.zeros((model.n_topics, BINS), np.int64)
    for first, theta in model.documents.blocks() if model.documents else ():
        largest += np.bincount(theta.argmax(axis=1), minlength=model.n_topics)
        has_tokens = model.documents.lengths[first : first + len(theta)] > 0  # type: ignore[union-attr]
        bins = np.minimum((theta[has_tokens] * BINS).astype(np.int64), BINS - 1)
        bins += np.arange(model.n_topics) * BINS
        shares += np.bincount(bins.reshape(-1), minlength=shares.size).reshape(shares.shape)
    pack.whole("histogram", shares)
    return largest


def add_terms(pack: Pack, model: Model) -> None:
    """Add the vocabulary, the first terms of each topic for any relevance, and the topics of each term."""
    counts = model.term_counts
    pack.lines("vocabulary", model.vocabulary)
    pack.whole("term.count", counts[:, 0])
    pack.whole("term.documents", counts[:, 1])
    sizes = np.array([topic.share for topic in model.topics(1)])
    _add_terms_of_topics(pack, model, sizes)
    _add_topics_of_terms(pack, model, sizes)


def _add_terms_of_topics(pack: Pack, model: Model, sizes: Float64) -> None:
    """Add, of each topic, all terms that are among the first TERMS at a step of the relevance."""
    p_terms = model.term_counts[:, 0] / model.n_tokens
    in_corpus: Float64 = sizes @ model.phi  # sum_t p(topic t) phi_tw
    lengths, columns, shares = [], [], []
    for topic, row in enumerate(model.phi):
        by_lift = relevance(row[None], p_terms, 0)[0]
        rare = np.log(p_terms)
        n_possible = min(TERMS, int(np.count_nonzero(row)))
        found = [first_words(by_lift + step * rare, n_possible) for step in STEPS] if n_possible else []
        own = np.unique(np.concatenate([np.zeros(0, np.int64), *found]))
        joint = sizes[topic] * row[own].astype(np.float64)
        lengths.append(len(own))
        columns.append(own)
        shares.append(np.divide(joint, in_corpus[own], out=np.zeros_like(joint), where=in_corpus[own] > 0))
    every = np.concatenate(columns)
    pack.whole("topic.lengths", lengths)
    pack.whole("topic.terms", every)
    pack.array("topic.p", model.phi[np.repeat(np.arange(model.n_topics), lengths), every])
    pack.array("topic.shares", np.concatenate(shares).astype(np.float32))


def _add_topics_of_terms(pack: Pack, model: Model, sizes: Float64) -> None:
    """Add the topics of each term, the largest p(topic | term) first, as `Model.term_topics` finds them."""
    lengths, topics, shares, p = [], [], [], []
    n = min(_TOPICS_OF_TERM, model.n_topics)
    for first in range(0, len(model.vocabulary), _TERMS_AT_A_TIME):
        own = model.phi[:, first : first + _TERMS_AT_A_TIME].T.astype(np.float64)
        joint = own * sizes
        joint = np.where(joint.any(axis=1, keepdims=True), joint, own)  # only topics without tokens have it
        joint /= joint.sum(axis=1, keepdims=True)
        best = _largest_of_rows(joint, n)
        share = np.take_along_axis(joint, best, axis=1)
        is_shown = share >= _LEAST_SHARE
        is_shown[:, 0] = True
        lengths.append(is_shown.sum(axis=1))
        topics.append(best[is_shown])
        shares.append(np.rint(share[is_shown] * THOUSAND))
        p.append(np.rint(np.take_along_axis(own, best, axis=1)[is_shown] * MILLION))
    for name, parts in (("lengths", lengths), ("topics", topics), ("shares", shares), ("p", p)):
        pack.whole(f"term.{name}", np.concatenate(parts))


def _largest_of_rows(rows: Float64, n: int) -> IntArray:
    """Return the columns of the n largest numbers of each row, the largest first, equal ones in order."""
    some = np.sort(np.argpartition(-rows, n - 1, axis=1)[:, :n], axis=1)
    order = np.argsort(-np.take_along_axis(rows, some, axis=1), axis=1, kind="stable")
    found: IntArray = np.take_along_axis(some, order, axis=1)
    return found
