"""The prior of theta, Dir(alpha_d): one alpha of all documents, or one of each group of documents."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from . import bound, prevalence
from .alpha import learn_alpha, proportional
from .arrays import Float64, Int, Int32
from .limits import LARGEST_ALPHA, SMALLEST_ALPHA
from .log_linear import Uncertainty
from .prevalence import Regression
from .prior import Known
from .state import Fill, fill_numbers


@dataclass(frozen=True)
class Groups:
    """Documents with the same metadata are a group (prevalence.py).

    of_document : (D,) int32, the group of each document
    design : (G, F) float64, what is known of each group; its first column is 1
    scale : (G, K) float64, factors of alpha, for each group of some topic above 0
    """

    of_document: Int32
    design: Float64
    scale: Float64


class ThetaPrior:
    """alpha, and how it is learned.

    rows : (K,), alpha of all documents; or (G, K), alpha of each group
    """

    def __init__(self, alpha: Float64, groups: Groups | None, with_terms: Int) -> None:
        """Start from `alpha`, (K,), in each group; with_terms : the documents that have terms."""
        self.rows, self._groups, self._n_documents = alpha.copy(), groups, len(with_terms)
        self._parameters = self.rows
        if groups is not None:
            n_groups, n_covariates = groups.design.shape
            n = np.bincount(groups.of_document[with_terms], minlength=n_groups).astype(np.float64)
            self._regression = Regression(csr_matrix(groups.design), groups.scale, n)
            coefficients = np.zeros((len(alpha), n_covariates))
            coefficients[:, 0] = np.log(alpha)
            self.parameters = coefficients

    @property
    def parameters(self) -> Float64:
        """What alpha is made from: alpha itself, (K,); or the coefficients of the groups, (K, F)."""
        return self._parameters

    @parameters.setter
    def parameters(self, new: Float64) -> None:
        self._parameters = self.rows = new
        if self._groups is not None:
            self.rows = prevalence.alpha_rows(self._regression, new)

    @property
    def alpha(self) -> Float64:
        """alpha of a document of which nothing is known, (K,)."""
        if self._groups is None:
            return self.rows
        return np.clip(np.exp(self.coefficients[:, 0]), SMALLEST_ALPHA, LARGEST_ALPHA)

    @property
    def coefficients(self) -> Float64:
        """The coefficients of documents that can have every topic, (K, F).

        A topic that only some of the documents can have is as rare in them as in all documents.
        """
        n = self._regression.n_documents
        found = self._parameters.copy()
        found[:, 0] += np.log(np.maximum(n @ self._regression.scale / n.sum(), SMALLEST_ALPHA))
        return found

    def uncertainty(self) -> Uncertainty:
        """How exactly the coefficients are known."""
        return prevalence.uncertainty(self._regression, self._parameters)

    def rows_of(self, documents: Int) -> Int32 | None:
        """The row of alpha of each document; None if there is one alpha."""
        return None if self._groups is None else self._groups.of_document[documents]

    def of_documents(self) -> Float64:
        """alpha of all documents, (K,) or (D, K)."""
        return self.rows if self._groups is None else self.rows[self._groups.of_document]

    def sum_over(self, n_documents: int) -> Float64:
        """sum_d alpha_d over all D documents, as float32 has alpha: (K,)."""
        rows = self.rows.astype(np.float32).astype(np.float64)
        if self._groups is None:
            return n_documents * rows
        n: Float64 = np.bincount(self._groups.of_document, minlength=len(rows)).astype(np.float64)
        return n @ rows

    def terms(self, documents: Int | None = None) -> float:
        """The sum of `prior_terms` (bound.py) over documents, (n,); None are all that have terms."""
        if self._groups is None:
            n_documents = self._n_documents if documents is None else len(documents)
            return n_documents * bound.prior_terms(self.rows)
        of_groups = prevalence.log_normalisers(self.rows)
        if documents is None:
            return float(self._regression.n_documents @ of_groups)
        return float(of_groups[self._groups.of_document[documents]].sum())

    def terms_of_known(self, known: Known) -> float:
        """What the objective has of alpha for documents that are known, and never visited."""
        if known.log_theta is None:
            return 0.0
        return float(self.alpha @ known.log_theta) + known.n_documents * bound.prior_terms(self.alpha)

    def weighted(self, log_theta: Float64) -> float:
        """sum alpha log_theta, with log_theta as `rows`."""
        return float(np.vdot(self.rows, log_theta))

    def fill(self, fill: Fill) -> None:
        """Fill the parameters. Raises ValueError if they cannot be those of a training."""
        new = self._parameters.copy()
        least, most = min(SMALLEST_ALPHA, new.min()), max(LARGEST_ALPHA, new.max())
        fill_numbers(new, fill)
        if self._groups is None and not least <= new.min() <= new.max() <= most:
            raise ValueError("alpha is out of range")
        self.parameters = new

    def log_density(self) -> float:
        """log p(coefficients), up to a constant."""
        return 0.0 if self._groups is None else prevalence.log_density(self._parameters)

    def learn(self, log_theta: Float64, known: Known) -> None:
        """Maximise E[log p(theta | alpha)].

        log_theta : as `rows`, sums of E[log theta_d] over documents
        known : also has such sums, if there is one alpha
        """
        if self._groups is None:
            total = log_theta + (0 if known.log_theta is None else known.log_theta)
            self.parameters = learn_alpha(self.rows, total / (self._n_documents + known.n_documents))
        else:
            self.parameters = prevalence.learn(self._regression, self._parameters, log_theta)

    def learn_from_counts(self, expected: Float64, shares: Float64) -> None:
        """Learn the proportions of alpha from a collapsed E-step; its sum stays, in groups their mean.

        expected : (K,), tokens of each topic; shares : as `rows`, sums of those of documents
        """
        if self._groups is None:
            self.parameters = proportional(float(self.rows.sum()), expected)
        else:
            n = self._regression.n_documents
            total = float(n @ self.rows.sum(axis=1) / n.sum())
            self.parameters = prevalence.learn_from_shares(self._regression, self._parameters, shares, total)

    def scale(self, factor: float) -> None:
        """Multiply alpha of every document by a factor."""
        if self._groups is None:
            self.rows *= factor
            return
        new = self._parameters.copy()
        new[:, 0] += np.log(factor)
        self.parameters = new
