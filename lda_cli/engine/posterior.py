"""What is known of the shares of topics: of one document, and of the mean of a group of documents.

Under q, theta_d is Dir(gamma_d), so a share theta_dt is Beta(gamma_dt, gamma_d. - gamma_dt). Here gamma_d. is
the sum over topics: the tokens of the document plus the sum of alpha. The mean is what theta.npy has, so that
gamma_dt = E[theta_dt] gamma_d. is found again.
"""

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import betaincinv, psi, stdtrit

from .arrays import Float32, Float64, Int

LOW, HIGH = 0.025, 0.975  # of an interval
_Z = 1.959964  # the quantile HIGH of the normal distribution
_LEAST_FREEDOM = 0.1  # degrees: t would overflow where one document has nearly all the weight

_CELLS_AT_A_TIME = 1 << 18  # 2 MiB of float64: temporaries stay in the cache

_LEAST_GAMMA = 1e-6  # float32 may have rounded a share to 0

LOWER = 0.05  # of `lower_share`
_Z_LOWER = 1.644854

# `lower_share` is at most `near_lower_share` + 0.70 / gamma_d. and at most E[theta] + 0.0065, for all shares
# and all gamma_d. of 1 or more: found on a grid, which a test computes again.
_ABOVE_NEAR = 0.71
ABOVE_MEAN = 0.01


def lower_share(theta: Float64, alpha: Float64, totals: Float64, alpha_sum: float) -> Float64:
    """Return what a share is at least with probability 95%: the 5% quantile of its posterior, (n,) float64.

    theta : (n,), E[theta_dt]; alpha : (n,), alpha_t
    totals : (n,), gamma_d.
    """
    # float32 may have rounded a share to 0 or 1: gamma is at least alpha
    a = np.clip(theta * totals, alpha, totals - (alpha_sum - alpha))
    found: Float64 = betaincinv(a, np.maximum(totals - a, alpha_sum - alpha), LOWER)
    return found


def near_lower_share(theta: Float64, totals: Float64) -> Float64:
    """Return about `lower_share`, (n,), by the normal distribution with the same mean and variance."""
    near: Float64 = theta - _Z_LOWER * np.sqrt(np.maximum(theta * (1 - theta), 0) / (totals + 1))
    return near


def most_lower_share(near: Float64, totals: Float64) -> Float64:
    """Return what `lower_share` is at most, (n,); near : as `near_lower_share` returns it."""
    return near + _ABOVE_NEAR / totals


def sum_log_theta(theta: Float32, totals: Float64) -> Float64:
    """Return sum_d E[log theta_dt] under q: (K,) float64.

    theta : (D, K), E[theta]; totals : (D,), gamma_d.
    """
    gamma = np.maximum(theta * totals[:, None], _LEAST_GAMMA)
    found: Float64 = psi(gamma).sum(axis=0) - psi(totals).sum()
    return found


class GroupSums:
    """Sums over the documents of each of G groups, from which come their mean shares, with intervals.

    The mean m of a group is a ratio, sum w_d theta_d / sum w_d. Its variance has two parts (law of total
    variance; the method of composition of Treier and Jackman 2008 samples the same):

        n / (n - 1) sum w_d^2 (theta_d - m)^2 / (sum w_d)^2
            as the documents of a group differ: the linearised variance of a ratio (Cochran 1977, chapter 6)
        sum w_d^2 theta_d (1 - theta_d) / (gamma_d. + 1) / (sum w_d)^2
            as the theta of a document is known from its words only
    """

    def __init__(self, n_groups: int, n_topics: int) -> None:
        self.n_documents = np.zeros(n_groups, np.int64)
        self._w, self._w2 = np.zeros((2, n_groups, 1))
        self._w_theta, self._w2_theta, self._w2_theta2, self._within = np.zeros((4, n_groups, n_topics))

    def add(self, groups: Int, theta: Float32, weights: Float64, totals: Float64) -> None:
        """Add documents.

        groups : (n,); theta : (n, K); weights : (n,), above 0; totals : (n,), gamma_d.
        """
        step = max(1, _CELLS_AT_A_TIME // theta.shape[1])
        for first in range(0, len(groups), step):
            some = slice(first, first + step)
            self._add(groups[some], theta[some], weights[some], totals[some])

    def _add(self, groups: Int, theta: Float32, weights: Float64, totals: Float64) -> None:
        here, places = np.unique(groups, return_inverse=True)
        shares = theta.astype(np.float64)
        squares, w2 = shares * shares, weights * weights
        indptr = np.arange(len(groups) + 1, dtype=np.int32)
        shape = (len(groups), len(here))
        sum_of = csr_matrix((weights, places.ravel().astype(np.int32), indptr), shape).T

        def summed(values: Float64, rows: Float64) -> Float64:
            """Return the sum over the documents of each group of values_d rows_d."""
            sum_of.data = values
            found: Float64 = sum_of @ rows
            return found

        ones = np.ones((len(groups), 1))
        self.n_documents[here] += np.bincount(places.ravel(), minlength=len(here))
        self._w[here] += summed(weights, ones)
        self._w2[here] += summed(w2, ones)
        self._w_theta[here] += summed(weights, shares)
        self._w2_theta[here] += summed(w2, shares)
        self._w2_theta2[here] += summed(w2, squares)
        self._within[here] += summed(w2 / (totals + 1), shares - squares)

    def means(self) -> Float64:
        """Return the mean shares: (G, K). Each group must have a document."""
        return self._w_theta / self._w

    def intervals(self, groups: Int) -> tuple[Float64, Float64]:
        """Return what the mean of some groups is at least and at most, with probability 95%: (n, K) each.

        groups : (n,), of two documents or more

        They are the quantiles of the Beta distribution with this mean and variance. A normal quantile would
        be too small for few documents: the first part is widened as Student's t distribution with n' - 1
        degrees of freedom, n' = (sum w)^2 / sum w^2 (Kish 1965).
        """
        n, w, w2 = self.n_documents[groups, None], self._w[groups], self._w2[groups]
        mean = self._w_theta[groups] / w
        squares = self._w2_theta2[groups] - 2 * mean * self._w2_theta[groups] + mean * mean * w2
        freedom = np.maximum(w * w / w2 - 1, _LEAST_FREEDOM)
        between = n / (n - 1) * np.maximum(squares, 0) * (stdtrit(freedom, HIGH) / _Z) ** 2
        return _beta_interval(mean, (between + self._within[groups]) / (w * w))


def _beta_interval(mean: Float64, variance: Float64) -> tuple[Float64, Float64]:
    """Return the quantiles LOW and HIGH of the Beta distributions with these means and variances.

    A variance of mean (1 - mean) or more, which no Beta distribution has, gives 0 and 1: nothing is known.
    """
    most = mean * (1 - mean)
    is_known = variance < most
    total = most / np.where(is_known, variance, 1) - 1  # a + b
    a, b = (np.where(is_known, part * total, 1) for part in (mean, 1 - mean))
    low, high = betaincinv(a, b, LOW), betaincinv(a, b, HIGH)
    return np.where(is_known, low, 0.0), np.where(is_known, high, 1.0)
