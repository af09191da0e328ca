"""Scores of the words of a topic: besides p(word | topic), how much a word belongs to this topic alone."""

import numpy as np

from .arrays import Float, Float32, Float64
from .coherence import first_words

RELEVANCE_WEIGHT = 0.6  # lambda for which people named topics best (Sievert and Shirley 2014, section 4)
FREX_WEIGHT = 0.5
EXCLUSIVITY_WEIGHT, EXCLUSIVITY_WORDS = 0.7, 10  # as in the function of this name in the R package stm


def relevance(phi: Float, p_terms: Float64, weight: float = RELEVANCE_WEIGHT) -> Float64:
    """Return lambda log phi_tw + (1 - lambda) log(phi_tw / p_w), Sievert and Shirley 2014: (n, V) float64.

    phi : (n, V), rows of topics
    p_terms : (V,), p(word) in the corpus, above 0
    weight : lambda; 1 orders by phi, 0 by lift

    It is -inf where phi is 0.
    """
    with np.errstate(divide="ignore"):
        found: Float64 = np.log(phi, dtype=np.float64)
    found -= (1 - weight) * np.log(p_terms)
    return found


def frex(phi: Float32, topic: int, totals: Float64, weight: float = FREX_WEIGHT) -> Float64:
    """Return the FREX score of each word in a topic (Bischof and Airoldi 2012): (V,) float64, from 0 to 1.

    1 / (weight / E(e_w) + (1 - weight) / E(f_w)), where E is the share of words with at most this value
    (the empirical distribution function), f_w is phi_tw and the exclusivity e_w is phi_tw / sum_t phi_tw.

    totals : (V,), sum_t phi_tw, above 0
    """
    row = phi[topic].astype(np.float64)
    exclusive, frequent = _ecdf(row / totals), _ecdf(row)
    return 1 / (weight / exclusive + (1 - weight) / frequent)


def exclusivity(phi: Float32) -> Float64:
    """Return the mean FREX score of the 10 most probable words of each topic: (K,) float64, from 0 to 1.

    It is 1 for a topic whose words are its own, and the most frequent. stm (Roberts, Stewart and Tingley
    2019) prints the sum.
    """
    totals = phi.sum(axis=0, dtype=np.float64)
    totals[totals == 0] = 1  # a word that no topic has is in no topic's first words, unless V is small
    scores = (
        frex(phi, topic, totals, EXCLUSIVITY_WEIGHT)[first_words(row, EXCLUSIVITY_WORDS)]
        for topic, row in enumerate(phi)
    )
    return np.array([score.mean() for score in scores], np.float64)


def _ecdf(values: Float64) -> Float64:
    """Return, for each value, the share of the values that are at most as large."""
    order = np.argsort(values)  # ten times as fast as a search for each value
    ordered = values[order]
    is_last = np.append(ordered[1:] != ordered[:-1], True)  # of equal values
    n_at_most = np.flatnonzero(is_last) + 1
    found = np.empty(len(values))
    found[order] = n_at_most[np.cumsum(is_last) - is_last] / len(values)
    return found
