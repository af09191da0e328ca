"""What each number of an evaluation is, in words; numbers with other definitions are never compared."""

from collections.abc import Mapping

from ..engine.diagnostics import WORDS as _WORDS
from ..engine.distinctive import EXCLUSIVITY_WEIGHT, EXCLUSIVITY_WORDS
from ..engine.diversity import WORDS as _OF_DIVERSITY
from ..engine.rbo import DEPTH, P

FREX = "frex"

# MALLET's twelve, by the names in engine/diagnostics.py; two of them have another meaning elsewhere.
MALLET: Mapping[str, str] = {
    "tokens": "expected tokens of the topic",
    "document_entropy": "entropy of the topic's tokens over documents, in nats; exp of it counts documents",
    "word_length": f"mean number of characters of the {_WORDS} most probable words",
    "coherence": f"sum of log((D(i, j) + eta) / (D(j) + eta)), j before i, of the {_WORDS} most probable "
    "words; D counts documents in which the words belong to the topic",
    "uniform_dist": "KL divergence from the uniform distribution over the vocabulary, in nats",
    "corpus_dist": "KL divergence from the words of the documents, in nats",
    "eff_num_words": "1 / sum of p(word | topic)^2",
    "token_doc_diff": f"Jensen-Shannon divergence of tokens and documents of the {_WORDS} words, in nats",
    "rank_1_docs": "of the documents with the topic, the share of which it is the largest one",
    "allocation_ratio": "documents with a share of .5 or more, over those with .02 or more",
    "allocation_count": "of the documents with the topic, the share of which it has .3 or more",
    "exclusivity": f"mean p(word | topic) / sum over topics, of the {_WORDS} most probable words",
}
# What Phi and the number of tokens of each topic tell without documents.
OF_PHI = ("word_length", "uniform_dist", "corpus_dist", "eff_num_words", "exclusivity")

TOPICS: Mapping[str, str] = {
    FREX: f"mean FREX (Bischof and Airoldi 2012) of the {EXCLUSIVITY_WORDS} most probable words, weight "
    f"{EXCLUSIVITY_WEIGHT} of exclusivity; in stm, exclusivity",
}
MODEL: Mapping[str, str] = {
    "diversity": f"share of distinct words among the first {_OF_DIVERSITY} of all topics (Dieng et al. 2020)",
    "inverted_rbo": f"1 - mean rank-biased overlap of two topics, {DEPTH} words, p {P} (Bianchi et al. 2021)",
    "unflagged": "share of the topics without a flag",
}
HELD_OUT: Mapping[str, str] = {
    "bound": "lower bound of log p(document) by mean field, in nats a token",
    "completion": "log p(one half of a document | the other), in nats a token (Wallach et al. 2009)",
    "left_to_right": "estimate of log p(document) by particles, in nats a token (Wallach et al. 2009)",
}


def mallet_name(name: str) -> str:
    """Return the name of one of the twelve among all measures."""
    return f"mallet_{name}" if name in ("coherence", "exclusivity") else name
