"""The words of a topic in one slice of a corpus, such as a decade: from one more E-step, and from Phi.

    Phi^s_tw = (S^s_tw + kappa Phi_tw) / (n^s_t + kappa)

S^s are the expected counts of the slice's documents under q(z), with Phi and alpha fixed; n^s_t is the sum of
S^s_tw over w. It is the posterior mean of Phi^s_t under Dir(kappa Phi_t): where a topic has few tokens, its
words are those that it has in the whole corpus.
"""

import numpy as np
from scipy.sparse import csr_matrix

from .arrays import Bools, Float, Float32, Float64, Int, Int32, Int64
from .estep import EStep

KAPPA = 1000.0  # tokens; 300 to 3000 predict held-out documents better than one Phi for all slices

# Of `is_more`: a word of one or two tokens proves nothing; the quantile .99 of chi squared, one degree.
LEAST_TOKENS = 5.0
_BEYOND_CHANCE = 6.63


def expected_counts(indptr: Int64, indices: Int32, found: EStep, term_weights: Float) -> tuple[Int, Float]:
    """Return the n distinct terms of some documents, (n,), and their expected counts by topic, (n, T).

    indptr, indices : CSR of D documents
    found : their E-step; of its gamma nothing is used, and `weights` may have only T of the topics
    term_weights : (V, T), as for `e_step`, of the same topics, with power 1
    """
    terms, columns = np.unique(indices, return_inverse=True)
    spread = csr_matrix((found.ratio, columns.astype(np.int32), indptr), (len(indptr) - 1, len(terms)))
    return terms, term_weights[terms] * (spread.T @ found.weights)


def slice_phi(sstats: Float64, phi: Float32, total: float, kappa: float = KAPPA) -> Float64:
    """Return Phi^s_t of n terms of one topic, (n,): over all terms it sums to one.

    sstats, phi : (n,), S^s_t and Phi_t of these terms
    total : n^s_t, the sum of S^s_t over all terms
    kappa : tokens that Phi counts as, 0 or more; 0 gives the slice's own words

    A topic with neither tokens nor kappa has the words of Phi.
    """
    whole = phi.astype(np.float64)
    return (sstats + kappa * whole) / (total + kappa) if total + kappa > 0 else whole


def departure(of_slice: Float64, phi: Float32) -> Float64:
    """Return Phi^s log(Phi^s / Phi), what each word adds to KL(Phi^s || Phi), in nats; 0 where Phi^s is 0.

    of_slice, phi : (n,); where Phi is 0, so is Phi^s, since q(z) is
    """
    ratio = np.divide(of_slice, phi, out=np.ones_like(of_slice), where=of_slice > 0)
    found: Float64 = of_slice * np.log(ratio)
    return found


def is_more(sstats: Float64, phi: Float32, total: float) -> Bools:
    """Return whether a slice has more of each word than chance makes of Phi, (n,); as for `slice_phi`.

    It has LEAST_TOKENS, and the likelihood ratio of a Poisson mean, 2 (S log(S / E) - S + E) with E = n Phi,
    is beyond what chance gives once in a hundred (Dunning 1993). Words that come in bursts pass more easily.
    """
    expected = total * phi.astype(np.float64)
    is_enough = (sstats >= LEAST_TOKENS) & (sstats > expected)
    ratio = np.divide(sstats, expected, out=np.ones_like(sstats), where=is_enough)
    found: Bools = is_enough & (2 * (sstats * np.log(ratio) - sstats + expected) >= _BEYOND_CHANCE)
    return found
