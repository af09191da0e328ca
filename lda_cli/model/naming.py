"""Automatic names of topics: two or three words that tell a topic from the others, without a network.

Candidates are the 50 most probable words of a topic, ordered by FREX among themselves
(engine/distinctive.py). Those come first that are no accident (10 occurrences) and at home in this topic
(p(topic | word) >= 0.2). Of words with one stem, the first is taken. In 20 Newsgroups, ranks among the
candidates gave better names than ranks among all words, by which all candidates are about equally frequent;
the shrinkage of rare words in R's stm changed next to nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import numpy as np

from ..corpus.terms.phrases import SEPARATOR
from ..engine.arrays import Float32, Float64, Int64
from ..engine.coherence import first_words
from ..engine.distinctive import frex
from .labels import folded

_CANDIDATES = 50
_LEAST_COUNT = 10
_LEAST_SHARE = 0.2
_WORDS_AT_LEAST, _WORDS = 2, 3  # the third only if it is a good one
_WORDS_AT_MOST = 6  # more than three only where names would be equal
_LEAST_TOKENS = 1.0  # expected tokens of a topic that is not empty
_STEM = 4  # letters that two words must share if neither is the other with an ending
_ENDING = 3  # letters at most


def automatic_names(
    phi: Float32, vocabulary: Sequence[str], counts: Int64, sizes: Float64, given: Iterable[str]
) -> list[str]:
    """Return a name for each of the K topics, in lower case; all differ from each other and from `given`.

    phi : (K, V), rows of topics
    counts : (V,), occurrences of each term
    sizes : (K,), expected tokens of each topic, not all 0
    """
    totals, joint = np.zeros(phi.shape[1]), np.zeros(phi.shape[1])
    for row, size in zip(phi, sizes, strict=True):  # phi @ sizes would copy phi in float64
        totals += row
        joint += row * size
    is_empty = (sizes < _LEAST_TOKENS) & (sizes.max() >= _LEAST_TOKENS)
    words, lengths = [], []
    for topic, row in enumerate(phi):
        columns = first_words(row, _CANDIDATES)
        columns = columns[row[columns] > 0]
        with np.errstate(invalid="ignore"):  # 0 / 0 where only empty topics have the word
            is_home = row[columns] * sizes[topic] >= _LEAST_SHARE * joint[columns]
        is_good = is_home & (counts[columns] >= _LEAST_COUNT)
        score = frex(row[None, columns], 0, totals[columns])
        order = columns[np.lexsort((-score, ~is_good))]
        own = [] if is_empty[topic] else _distinct(vocabulary[column] for column in order)
        good = {vocabulary[column].lower() for column in columns[is_good]}
        words.append(own)
        lengths.append(min(max(sum(word in good for word in own), _WORDS_AT_LEAST), _WORDS))
    return _unique(words, lengths, {folded(name) for name in given})


def _distinct(terms: Iterable[str]) -> list[str]:
    """Return the first terms in lower case, without those that have the stem of one before, or no letter."""
    found: list[str] = []
    for term in terms:
        word = term.lower()
        if any(map(str.isalpha, word)) and not any(_are_alike(word, other) for other in found):
            found.append(word)
            if len(found) == _WORDS_AT_MOST:
                break
    return found


def _are_alike(one: str, other: str) -> bool:
    """Whether two terms, or two words of phrases, seem to have one stem."""
    return any(_have_one_stem(a, b) for a in one.split(SEPARATOR) for b in other.split(SEPARATOR))


def _have_one_stem(one: str, other: str) -> bool:
    """Whether one word is the other with an ending (gun, guns), or has another ending (study, studies)."""
    shorter, longer = sorted((one, other), key=len)
    stem = shorter[:-1] if len(shorter) > _STEM else shorter
    return longer.startswith(stem) and len(longer) - len(shorter) <= _ENDING


def _unique(words: Sequence[Sequence[str]], lengths: list[int], taken: Collection[str]) -> list[str]:
    """Return a name of each topic's words: `lengths` of them, more if it takes more, or its number too."""
    while True:
        names = [" ".join(own[:n]) for own, n in zip(words, lengths, strict=True)]
        uses = Counter(map(folded, names))
        uses.update(taken)
        alike = [topic for topic, name in enumerate(names) if uses[folded(name)] > 1]
        longer = [topic for topic in alike if lengths[topic] < len(words[topic])]
        if not longer:
            return _numbered(names, alike, taken)
        for topic in longer:
            lengths[topic] += 1


def _numbered(names: list[str], alike: Sequence[int], taken: Collection[str]) -> list[str]:
    """Return the names; those of empty topics, and of topics that are alike, with their number."""
    numbered = {*alike, *(topic for topic, name in enumerate(names) if not name)}
    used = {*taken, *(folded(name) for topic, name in enumerate(names) if topic not in numbered)}
    for topic in sorted(numbered):
        name = f"{names[topic] or 'topic'} {topic}"
        while folded(name) in used:
            name += f" {topic}"
        used.add(folded(name))
        names[topic] = name
    return names
