"""The temperature at which topics begin to differ, from the corpus alone.

At a small power p = 1 / T all topics equal the unigrams of the corpus, Phi_tw = N_w / N and gamma_dt =
alpha_t + N_d / K. Which small differences between topics grow? Let log Phi_tw differ by x_tw, with sum_t x_tw
= 0. Linearised about that point, an E-step that has reached its fixed point has

    delta log q_dw = p (x_w + r_d m_d),    m_d = sum_w n_dw delta log q_dw / N_d
    so that  m_d = p x_d / (1 - p r_d),    x_d = sum_w n_dw x_w / N_d

and the M-step, x'_w = sum_d n_dw delta log q_dw / N_w, gives, with one r for all documents,

    x' = p (1 + B p r / (1 - p r)) x,      B_ww' = sum_d (n_dw / N_w) (n_dw' / N_d).

B has the eigenvalues lambda_k = sigma_k^2 of A_dw = n_dw / sqrt(N_d N_w), the matrix of correspondence
analysis. The first one is 1 and belongs to no difference between topics. So mode k grows where

    p (1 + lambda_k p r / (1 - p r)) > 1,
    above  p_c = (1 + r - sqrt((1 + r)^2 - 4 r (1 - lambda_k))) / (2 r (1 - lambda_k)).

The two E-steps differ in r, the influence of the other words of a document on a word. It is the mean over
tokens of

    mean field   (N_d / K) psi'((A + N_d) / K)     1 in long documents, far above 1 in short ones
    collapsed    (N_d - 1) / (A + N_d - 1)         always below 1

with A the sum of alpha. For long documents p_c = 1 / (1 + sigma_k). Chance alone makes eigenvalues up to
(sqrt(D) + sqrt(V))^2 / N (Marchenko and Pastur 1967). That part is subtracted for the mean field, because the
contribution of a minibatch is left out of its own Phi; the collapsed update leaves out the share of each
token already. (The share is also in gamma - q, which this derivation ignores: the collapsed p_c is 0.01 too
small at 8 tokens, 0.025 at 3.) Rose 1998 shows that phases of annealing begin at eigenvalues; the derivation
for topics is ours.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import polygamma

from .arrays import Float64
from .counts import Counts

# Entries of the sample of the corpus, about; and documents, at least, if there are as many.
SAMPLE_ENTRIES = 200_000
SAMPLE_DOCUMENTS = 1000

# Modes that are computed. Later ones follow a power law: for lambda_50 it was within 5% in twelve corpora of
# fourteen, and within 12% in all.
MODES = 16

# Steps of Lanczos's method: the first modes are exact, the last one is within some per cent.
STEPS = 80

# A direction shorter than this is rounding error: the method has found all that its first vector leads to.
# Another vector finds the rest, such as the second occurrence of an eigenvalue.
EXHAUSTED = 1e-9


@dataclass(frozen=True)
class Spectrum:
    """The eigenvalues of a corpus, from a sample of its documents.

    eigenvalues : lambda_2, lambda_3, ... of the sample, in decreasing order, (at most MODES - 1,) float64
    chance : the largest eigenvalue by chance alone, in the sample; chance_of_all : in the whole corpus
    lengths : tokens of each document of the sample, float64
    """

    eigenvalues: Float64
    chance: float
    chance_of_all: float
    lengths: Float64

    def mode(self, number: int) -> float:
        """Eigenvalue lambda_k of the sample, for k >= 2; by the power law if it was not computed."""
        values = self.eigenvalues
        if not len(values):
            return 0.0
        if number - 2 < len(values):
            return float(values[number - 2])
        half = max(1, len(values) // 2)
        if len(values) < MODES - 1 or values[-1] <= 0:
            return float(values[-1])
        slope = np.log(values[-1] / values[half - 1]) / np.log((len(values) + 1) / (half + 1))
        return float(values[-1] * (number / (len(values) + 1)) ** slope)

    def mean_field_power(self, number: int, n_topics: int, alpha_sum: float) -> float:
        """Critical power of a mode under the mean field, chance subtracted."""
        n = self.lengths
        r = n / n_topics * polygamma(1, (alpha_sum + n) / n_topics)
        return critical_power(self.mode(number) - self.chance, _by_token(r, n))

    def collapsed_power(self, number: int, alpha_sum: float) -> float:
        """Critical power of a mode with theta integrated out."""
        n = self.lengths
        r = (n - 1) / (alpha_sum + n - 1)
        return critical_power(self.mode(number) - self.chance + self.chance_of_all, _by_token(r, n))


def _by_token(r: Float64, n_tokens: Float64) -> float:
    return float(r @ n_tokens / n_tokens.sum())


def critical_power(eigenvalue: float, r: float) -> float:
    """Return the p for which p (1 + lambda p r / (1 - p r)) is 1; it is between 1 / (1 + r) and 1."""
    rest = r * (1 - min(max(eigenvalue, 0.0), 1.0))
    # the smaller root of rest p^2 - (1 + r) p + 1, in the form without cancellation
    return min(1.0, 2 / (1 + r + float(np.sqrt(max(0.0, (1 + r) ** 2 - 4 * rest)))))


def spectrum(counts: Counts, seed: int) -> Spectrum:
    """Compute the spectrum of a sample of the documents; the same seed gives the same sample."""
    rng = np.random.default_rng(seed)
    with_terms = np.flatnonzero(counts.lengths)
    n_entries = int(counts.lengths.sum())
    wanted = max(SAMPLE_DOCUMENTS, int(len(with_terms) * SAMPLE_ENTRIES / max(n_entries, 1)))
    chosen = with_terms
    if wanted < len(with_terms):
        chosen = np.sort(rng.choice(with_terms, wanted, replace=False))
    sample = counts.rows(chosen)
    lengths = np.asarray(sample.sum(axis=1), np.float64).ravel()
    n_docs, n_terms = len(chosen), int((np.bincount(sample.indices, minlength=1) > 0).sum())
    n_tokens = float(lengths.sum())
    growth = len(with_terms) / n_docs
    return Spectrum(
        eigenvalues(sample, rng),
        chance(n_docs, n_terms, n_tokens),
        chance(growth * n_docs, counts.shape[1] if growth > 1 else n_terms, growth * n_tokens),
        lengths,
    )


def chance(n_docs: float, n_terms: float, n_tokens: float) -> float:
    """The largest eigenvalue of words in random documents; at most 1."""
    return float(min(1.0, (np.sqrt(n_docs) + np.sqrt(n_terms)) ** 2 / n_tokens))


def eigenvalues(counts: csr_matrix, rng: np.random.Generator) -> Float64:
    """lambda_2 to lambda_16 of a corpus, or as many as it has; counts : (D, V) CSR, no document empty.

    By Lanczos's method on the smaller side of A. Every vector is made orthogonal to all before it; the first
    one is known, the square root of the tokens of each document or term. No BLAS: its threads would wait for
    each other on a busy machine.
    """
    of_documents = np.asarray(counts.sum(axis=1), np.float64).ravel()
    of_terms = np.bincount(counts.indices, counts.data, counts.shape[1]).astype(np.float64)
    data = counts.data / np.sqrt(np.repeat(of_documents, np.diff(counts.indptr)) * of_terms[counts.indices])
    forth = csr_matrix((data, counts.indices, counts.indptr), counts.shape)
    back = forth.T.tocsr()
    is_long = counts.shape[0] >= counts.shape[1]
    known = of_terms if is_long else of_documents
    if not is_long:
        forth, back = back, forth
    basis = np.sqrt(known / known.sum())[None, :].repeat(min(STEPS, len(known) - 1) + 1, axis=0)
    vector = rng.standard_normal(len(known))
    diagonal: list[float] = []
    beside: list[float] = []
    for step in range(1, len(basis)):
        norm = _away_from(basis[:step], vector)
        beside.append(norm if norm > EXHAUSTED else 0.0)
        if norm <= EXHAUSTED:
            vector = rng.standard_normal(len(known))
            norm = _away_from(basis[:step], vector)
        basis[step] = vector / norm
        vector = back @ (forth @ basis[step])
        diagonal.append(float(np.einsum("i,i->", basis[step], vector)))
    if not diagonal:
        return np.zeros(0)
    found = np.linalg.eigvalsh(np.diag(diagonal) + np.diag(beside[1:], 1) + np.diag(beside[1:], -1))
    return np.clip(found[::-1][: MODES - 1], 0.0, 1.0)


def _away_from(basis: Float64, vector: Float64) -> float:
    """Make a vector orthogonal to orthonormal rows, in place. Returns its new length."""
    for _ in range(2):  # once is not enough: rounding errors along the first vector would grow
        vector -= np.einsum("ij,i->j", basis, np.einsum("ij,j->i", basis, vector))
    return float(np.sqrt(np.einsum("i,i->", vector, vector)))
