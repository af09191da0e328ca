"""The twelve diagnostics of topics that MALLET prints (its TopicModelDiagnostics), over expected counts.

MALLET has a sample: each token belongs to one topic. Here n_dk and n_wk are expected counts under q(z). Where
a definition asks whether a word of a document belongs to a topic, its topic is the most probable one. For a
sample, the numbers are MALLET's.

    n_dk, n_wk   tokens of topic k in document d; of word w in topic k; N_k, N_d, n_w, N are their sums
    W_k          the most probable words of topic k
    D_k          documents with a token of topic k; D_k(w), D_k(v, w): with w, with v and w, in topic k
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from .arrays import Float, Float64, Int, Int64
from .estep import Documents, EStep
from .slices import expected_counts

WORDS = 20  # of W_k
_LARGE, _SMALL, _COUNTED = 0.5, 0.02, 0.3  # shares of a document: allocation_ratio, allocation_count
_CELLS_AT_A_TIME = 1 << 16  # entries times topics: they stay in the cache


class Diagnostics(NamedTuple):
    """A number a topic, (K,) float64; nan where it is not defined, as for a topic without tokens.

    tokens : N_k
    document_entropy : of the distribution n_dk / N_k over documents, in nats
    word_length : mean number of characters of the words W_k
    coherence : sum over i > j of log((D_k(w_i, w_j) + beta) / (D_k(w_j) + beta)), words in order of n_wk
    uniform_dist : KL divergence from the uniform distribution over the vocabulary, in nats
    corpus_dist : KL divergence from the words of the corpus, in nats
    eff_num_words : 1 / sum_w (n_wk / N_k)^2
    token_doc_diff : Jensen-Shannon divergence between tokens and documents of W_k, in nats
    rank_1_docs : share of the documents D_k of which k is the largest topic
    allocation_ratio : documents with a share of at least .5, over those with at least .02
    allocation_count : share of the documents D_k with a share of at least .3
    exclusivity : mean over W_k of p(w | k) / sum_j p(w | j)
    """

    tokens: Float64
    document_entropy: Float64
    word_length: Float64
    coherence: Float64
    uniform_dist: Float64
    corpus_dist: Float64
    eff_num_words: Float64
    token_doc_diff: Float64
    rank_1_docs: Float64
    allocation_ratio: Float64
    allocation_count: Float64
    exclusivity: Float64


class WordScores(NamedTuple):
    """What the n words W_k of a topic add to its diagnostics: (n,) each; nan where it is not defined.

    terms : their numbers; tokens : n_wk; documents : D_k(w)
    coherence : the smallest term of the sum with an earlier word, 0 at most
    uniform_dist, corpus_dist, token_doc_diff, exclusivity : the term of the sum, or of the mean
    """

    terms: Int64
    tokens: Float64
    documents: Int64
    coherence: Float64
    uniform_dist: Float64
    corpus_dist: Float64
    token_doc_diff: Float64
    exclusivity: Float64


class Tally:
    """Counts for the diagnostics, document by document; nothing of a document is kept."""

    def __init__(self, words: Sequence[Int64], alpha: Float64, n_terms: int) -> None:
        """Take the words W_k of each topic, most probable first, and alpha, (K,)."""
        n_topics = len(words)
        self._words, self._alpha, self._n_terms = words, alpha, n_terms
        places = [(k * n_terms + np.sort(some), k, np.argsort(some)) for k, some in enumerate(words)]
        self._keys = np.concatenate([keys for keys, _, _ in places])  # in increasing order
        self._slots = np.concatenate([k * WORDS + order for _, k, order in places])
        self.n_wk: Float64 = np.zeros((n_terms, n_topics))
        self.n_k: Float64 = np.zeros(n_topics)
        self._sum_n_log_n: Float64 = np.zeros(n_topics)
        self._together: Int64 = np.zeros((n_topics, WORDS, WORDS), np.int64)
        self._n_documents = 0  # that have a word
        self._documents, self._first, self._large, self._small, self._counted = (
            np.zeros(n_topics, np.int64) for _ in range(5)
        )

    def add(self, docs: Documents, found: EStep, phi_t: Float) -> None:
        """Add the documents of an E-step.

        phi_t : (U, K), the rows of their terms; here U is the vocabulary
        """
        used, n_wk = expected_counts(docs.indptr, docs.indices, found, phi_t)
        self.n_wk[used] += n_wk
        rows = np.repeat(np.arange(docs.n_documents), np.diff(docs.indptr))
        topics = _most_probable(rows, docs.indices, found.weights, phi_t)
        self.add_words(rows, docs.indices, topics, found.gamma.astype(np.float64) - self._alpha)

    def add_words(self, rows: Int, terms: Int, topics: Int, n_dk: Float64) -> None:
        """Add documents whose words belong to a topic each, all but their n_wk.

        rows, terms, topics : (n,) document, term and topic of words; a word of two topics is there twice
        n_dk : (D, K)
        """
        n_dk = np.maximum(n_dk, 0)
        self.n_k += n_dk.sum(axis=0)
        self._sum_n_log_n += (n_dk * np.log(n_dk, out=np.zeros_like(n_dk), where=n_dk > 0)).sum(axis=0)
        has = np.zeros(n_dk.shape, bool)
        has[rows, topics] = True
        lengths = n_dk.sum(axis=1, keepdims=True)
        share = (n_dk + self._alpha) / (lengths + self._alpha.sum())
        self._documents += has.sum(axis=0)
        self._large += (has & (share >= _LARGE)).sum(axis=0)
        self._small += (has & (share >= _SMALL)).sum(axis=0)
        self._counted += (has & (share >= _COUNTED)).sum(axis=0)
        self._n_documents += int(np.count_nonzero(has.any(axis=1)))
        self._first += np.bincount(n_dk.argmax(axis=1)[has.any(axis=1)], minlength=len(self._alpha))
        self._meet(rows, topics.astype(np.int64) * self._n_terms + terms, len(n_dk))

    def _meet(self, rows: Int, keys: Int64, n_documents: int) -> None:
        """Count the documents of each pair of words of W_k."""
        place = np.searchsorted(self._keys, keys)
        is_ours = self._keys.take(place, mode="clip") == keys
        slots = self._slots[place[is_ours]]
        ones = np.ones(len(slots), np.int64)
        shape = len(self._alpha) * WORDS, n_documents
        there = csr_matrix((ones, (slots, rows[is_ours])), shape)  # once each: a key is a topic and a term
        there.data[:] = 1
        for k in range(len(self._together)):
            of_topic = there[k * WORDS : (k + 1) * WORDS]
            self._together[k] += (of_topic @ of_topic.T).toarray()

    def spread(self) -> Float64:
        """Return the share of the documents of which each topic has at least .02: (K,)."""
        spread: Float64 = self._small / max(1, self._n_documents)
        return spread

    def of_words(self, topic: int, beta: float) -> WordScores:
        """Return what each of the words W_k of a topic adds; `beta` is as for `result`."""
        words = self._words[topic]
        together = self._together[topic, : len(words), : len(words)]
        tokens, documents = self.n_wk[words, topic], together.diagonal()
        with np.errstate(divide="ignore", invalid="ignore"):
            p, q = tokens / self.n_k[topic], tokens / tokens.sum()
            in_corpus = self.n_wk[words].sum(axis=1) / self.n_k.sum()
            smooth = (beta + self.n_wk[words]) / (self._n_terms * beta + self.n_k)
            pairs = np.log((together + beta) / (documents + beta))
            return WordScores(
                words,
                tokens,
                documents,
                np.minimum(0, np.where(np.tri(len(words), k=-1), pairs, 0).min(axis=1, initial=0)),
                p * np.log(p * self._n_terms),
                p * np.log(p / in_corpus),
                _divergence(q, documents / documents.sum()),
                smooth[:, topic] / smooth.sum(axis=1),
            )

    def result(self, vocabulary: Sequence[str], beta: float) -> Diagnostics:
        """Return the diagnostics.

        vocabulary : the V terms; beta : smoothing, eta of the model or MALLET's beta
        """
        n_wk, n_k = self.n_wk, self.n_k
        with np.errstate(divide="ignore", invalid="ignore"):
            p = n_wk / n_k
            log_p = np.log(p, out=np.zeros_like(p), where=p > 0)
            n_w = n_wk.sum(axis=1)
            log_corpus = np.log(n_w / n_w.sum(), out=np.zeros_like(n_w), where=n_w > 0)
            smooth = (beta + n_wk) / (self._n_terms * beta + n_k)
            exclusive = smooth / smooth.sum(axis=1, keepdims=True)
            of_words = [self._of_words(k, vocabulary, beta, exclusive[:, k]) for k in range(len(n_k))]
            length, coherence, difference, exclusivity = np.array(of_words).T
            return Diagnostics(
                tokens=n_k,
                document_entropy=np.log(n_k) - self._sum_n_log_n / n_k,
                word_length=length,
                coherence=coherence,
                uniform_dist=(p * (log_p + np.log(self._n_terms))).sum(axis=0),
                corpus_dist=(p * (log_p - log_corpus[:, None])).sum(axis=0),
                eff_num_words=1 / (p**2).sum(axis=0),
                token_doc_diff=difference,
                rank_1_docs=self._first / self._documents,
                allocation_ratio=self._large / self._small,
                allocation_count=self._counted / self._documents,
                exclusivity=exclusivity,
            )

    def _of_words(
        self, k: int, vocabulary: Sequence[str], beta: float, exclusive: Float64
    ) -> tuple[float, float, float, float]:
        """Return word_length, coherence, token_doc_diff and exclusivity of one topic; nan without words."""
        words = self._words[k]
        if not len(words):
            return (np.nan,) * 4
        together = self._together[k, : len(words), : len(words)]
        documents = together.diagonal()
        later, earlier = np.tril_indices(len(words), -1)
        coherence = np.log((together[later, earlier] + beta) / (documents[earlier] + beta)).sum()
        length = float(np.mean([len(vocabulary[word]) for word in words.tolist()]))
        difference = _jensen_shannon(self.n_wk[words, k], documents)
        return length, float(coherence), difference, float(exclusive[words].mean())


def _most_probable(rows: Int, terms: Int, weights: Float, phi_t: Float) -> Int64:
    """Return the topic of the largest q(z) of each entry: (nnz,)."""
    found = np.empty(len(rows), np.int64)
    step = max(1, _CELLS_AT_A_TIME // weights.shape[1])
    for first in range(0, len(rows), step):
        here = slice(first, first + step)
        found[here] = (weights[rows[here]] * phi_t[terms[here]]).argmax(axis=1)
    return found


def _jensen_shannon(counts: Float64, others: Int64) -> float:
    """Return the Jensen-Shannon divergence of two vectors of counts, in nats; nan if one has none."""
    return float(_divergence(counts / counts.sum(), others / others.sum()).sum())


def _divergence(p: Float64, q: Float64) -> Float64:
    """Return the terms of the Jensen-Shannon divergence of two distributions, in nats."""
    middle = (p + q) / 2
    terms = [
        each * np.log(each / middle, out=np.zeros_like(each), where=(each > 0) | np.isnan(each))
        for each in (p, q)
    ]
    found: Float64 = (terms[0] + terms[1]) / 2
    return found
