"""How good topics are, by the same rules for every tool.

perplexity : of the words at odd positions of documents that no tool has seen. Those at even positions give
    theta, from the tool's own Phi and alpha: the fixed point of theta_t ~ alpha_t + sum_w n_w r_wt with
    r_wt ~ theta_t Phi_tw. Lower is better.
npmi : mean over topics of the normalised pointwise mutual information of the pairs among a topic's ten first
    words, log(p(v, w) / p(v) p(w)) / -log p(v, w), p being shares of the training documents; -1 for a pair
    that never meets. Higher is better.
"""

from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix

ROUNDS = 100
FIRST_WORDS = 10
LEAST_PHI = 1e-12  # for a tool that gives a word no probability at all


def perplexity(phi: np.ndarray, alpha: np.ndarray, seen: csr_matrix, scored: csr_matrix) -> float:
    """Document completion; phi : (K, V), seen and scored : (D, V) counts."""
    by_term = np.ascontiguousarray(np.maximum(phi, LEAST_PHI).T)
    log_p = 0.0
    for from_seen, from_scored in zip(pairwise(seen.indptr), pairwise(scored.indptr), strict=True):
        given, asked = slice(*from_seen), slice(*from_scored)
        theta = _theta(by_term[seen.indices[given]], seen.data[given], alpha)
        log_p += scored.data[asked] @ np.log(by_term[scored.indices[asked]] @ theta)
    return float(np.exp(-log_p / scored.data.sum()))


def _theta(rows: np.ndarray, counts: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Topic proportions (K,) of a document of terms `rows` (W, K)."""
    total = counts.sum() + alpha.sum()
    theta = alpha / alpha.sum()
    for _ in range(ROUNDS):
        theta = (alpha + theta * ((counts / (rows @ theta)) @ rows)) / total
    return theta


def npmi(phi: np.ndarray, train: csr_matrix) -> float:
    """The mean topic's coherence; train : (D, V) counts."""
    holds = (train > 0).astype(np.float64).tocsc()
    upper = np.triu_indices(FIRST_WORDS, k=1)
    topics = []
    for row in phi:
        own = holds[:, np.argsort(-row, kind="stable")[:FIRST_WORDS]]
        together = (own.T @ own).toarray() / holds.shape[0]
        single = together.diagonal()
        p = together[upper]
        chance = np.outer(single, single)[upper]
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.log(p / chance) / -np.log(p)
        topics.append(np.where(p > 0, values, -1.0).mean())
    return float(np.mean(topics))
