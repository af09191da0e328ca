"""In how many windows of a text two words of a topic occur together: exact, whatever the window's size.

A window of s tokens slides over each document, a token at a time; a document of at most s tokens is one
window (Röder, Both and Hinneburg 2015). A word at position p is in the windows that begin at p - s + 1 to p.
So the windows with a word are intervals of beginnings, and those with two words are what the intervals
share. The cost depends on the number of occurrences, not on s. All numbers are whole: the counts of parts of
the documents add up to the same bits in any order.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .arrays import Int, Int64

MOST_WORDS = 30  # of a topic: a set of them, and the number of a topic, are one int64
WHOLE_DOCUMENTS = int(np.iinfo(np.int64).max)  # a size of windows: each document is one

# Intervals that are in memory at a time; the words of a topic are never divided.
_INTERVALS_AT_A_TIME = 1 << 19
_BITS_OF_A_CHANGE = 6  # a rank, and whether the word comes or goes
_CHANGE = np.outer(1 << np.arange(MOST_WORDS, dtype=np.int64), [-1, 1]).ravel()  # of a set
_BITS_OF_A_PLACE = 40  # tokens of a call are fewer than 2^40


class WindowCounts(NamedTuple):
    """Windows of S sizes that contain words of K topics, each of at most N words.

    n_windows : (S,) int64, with those that have no word of a topic
    n_documents : those with a term, whichever
    together : (S, K, N, N) int64, windows that contain both words, on the diagonal the word; 0 for the words
        that a topic does not have
    """

    n_windows: Int64
    n_documents: int
    together: Int64

    def added(self, others: "WindowCounts") -> "WindowCounts":
        """Return the counts over the documents of both."""
        return WindowCounts(
            self.n_windows + others.n_windows,
            self.n_documents + others.n_documents,
            self.together + others.together,
        )


class _Intervals(NamedTuple):
    """Windows with a word, sorted by word; those of a word have gaps between them.

    words : (n,), begins : (n,) the first window, ends : (n,) the first that is not in the interval
    """

    words: Int64
    begins: Int64
    ends: Int64


class WindowCounter:
    """Counts windows for the words of some topics."""

    def __init__(self, topics: Sequence[Int64], sizes: Sequence[int]) -> None:
        """Prepare the counts.

        topics : K arrays of the numbers of terms; those of a topic are different, and at most MOST_WORDS
        sizes : S sizes of windows in tokens, 1 or more

        Raises ValueError for more words.
        """
        self._sizes = tuple(sizes)
        lengths = np.array([len(words) for words in topics], np.int64)
        self._shape = len(topics), int(lengths.max(initial=0))
        if self._shape[1] > MOST_WORDS:
            raise ValueError(f"a topic has at most {MOST_WORDS} words here, not {self._shape[1]}")
        terms = np.concatenate([np.zeros(0, np.int64), *topics])
        own, self._words = np.unique(terms, return_inverse=True)  # the words of all topics, topic by topic
        self._first_of = np.append(0, np.cumsum(lengths))  # of each topic, in _words
        # The word of term n is at n + 1; -1 is for other terms, and at both ends for all other numbers.
        self._word_of = np.full(int(terms.max(initial=0)) + 3, -1, np.int32)
        self._word_of[own + 1] = np.arange(len(own))

    def count(self, numbers: Int, starts: Int64) -> WindowCounts:
        """Count the windows of D documents with M tokens in all; a document without tokens has none.

        numbers : (M,) the terms of the tokens; numbers below 0 are tokens that are no term
        starts : (D + 1,) where the tokens of each document begin, and M
        """
        occurrences = self._occurrences(numbers, starts)
        found = [self._windows(size, np.diff(starts), *occurrences) for size in self._sizes]
        n_windows = np.array([n_windows for n_windows, _ in found], np.int64)
        shape = len(self._sizes), *self._shape, self._shape[1]
        together = np.array([self._together(intervals) for _, intervals in found], np.int64)
        terms_before = np.append(0, np.cumsum(numbers >= 0))
        n_documents = int(np.count_nonzero(np.diff(terms_before[starts])))
        return WindowCounts(n_windows, n_documents, together.reshape(shape))

    def _occurrences(self, numbers: Int, starts: Int64) -> tuple[Int64, Int64, Int64]:
        """Return word, document and position in the document of each occurrence, sorted by word and place."""
        words = self._word_of.take(numbers + 1, mode="clip")
        places = np.flatnonzero(words >= 0)
        keys = words[places].astype(np.int64) << _BITS_OF_A_PLACE | places
        keys.sort()  # faster than to sort indices
        places = keys & (1 << _BITS_OF_A_PLACE) - 1
        documents = np.searchsorted(starts, places, side="right") - 1
        return keys >> _BITS_OF_A_PLACE, documents, places - starts[documents]

    def _windows(
        self, size: int, lengths: Int64, words: Int64, documents: Int64, positions: Int64
    ) -> tuple[int, _Intervals]:
        """Return the number of windows of a size, and the intervals of those that have a word."""
        n_windows = np.minimum(np.maximum(lengths - size, 0) + 1, lengths)
        all_ends = np.cumsum(n_windows)  # windows are numbered through all documents
        before = (all_ends - n_windows)[documents]
        begins = before + np.maximum(positions - (size - 1), 0)
        ends = np.minimum(before + positions + 1, all_ends[documents])
        # An occurrence goes on with the interval of the one before if no window is between.
        is_new = np.ones(len(words) + 1, bool)
        is_new[1:-1] = (words[1:] != words[:-1]) | (begins[1:] > ends[:-1])
        firsts, lasts = is_new[:-1], is_new[1:]
        return int(all_ends[-1:].sum()), _Intervals(words[firsts], begins[firsts], ends[lasts])

    def _together(self, intervals: _Intervals) -> Int64:
        """Return the windows in which two words of a topic are: (K, N, N)."""
        found = np.zeros((*self._shape, self._shape[1]), np.int64)
        for first, places, which in self._blocks(intervals.words):
            topics = np.searchsorted(self._first_of, places, side="right") - 1
            ranks = places - self._first_of[topics]
            sets = _sets(topics - first, ranks, intervals.begins[which], intervals.ends[which])
            _add_pairs(found[first:], *sets)
        return found

    def _blocks(self, sorted_words: Int64) -> Iterator[tuple[int, Int64, Int64]]:
        """Yield some topics at a time: the first, and the intervals of their words with places in _words."""
        # intervals of word w begin at first_of[w]
        first_of = np.searchsorted(sorted_words, np.arange(int(self._words.max(initial=-1)) + 2))
        amounts = np.diff(first_of)[self._words]
        before = np.append(0, np.cumsum(amounts))
        first = 0
        while first < self._shape[0]:
            done = before[self._first_of[first + 1 :]]
            n_topics = np.searchsorted(
                done, before[self._first_of[first]] + _INTERVALS_AT_A_TIME, side="right"
            )
            end = first + max(1, int(n_topics))
            here = slice(self._first_of[first], self._first_of[end])
            places = np.repeat(np.arange(here.start, here.stop), amounts[here])
            offsets = first_of[self._words] - before[:-1] + before[here.start]
            yield first, places, np.arange(len(places)) + offsets[places]
            first = end


def _sets(topics: Int64, ranks: Int64, begins: Int64, ends: Int64) -> tuple[Int64, Int64]:
    """Return sets of words of a topic, and the number of windows that have this set of its words: (m,) each.

    topics, ranks, begins, ends : (n,) of intervals; a rank is the place of the word in its topic

    A set is topic << MOST_WORDS, and bit i for the word of rank i. Each begin and each end, in the order of
    the windows, changes the set of those that follow.
    """
    n_bits = int(ends.max(initial=0)).bit_length()
    windows = np.concatenate([topics, topics]) << n_bits | np.concatenate([begins, ends])
    keys = windows << _BITS_OF_A_CHANGE | np.concatenate([2 * ranks + 1, 2 * ranks])  # a word comes, or goes
    keys.sort()
    changes = keys & (1 << _BITS_OF_A_CHANGE) - 1
    windows = keys >> _BITS_OF_A_CHANGE
    # Each topic begins and ends with the empty set.
    sets = np.cumsum(_CHANGE[changes])[:-1]
    lengths = np.diff(windows)
    some = np.flatnonzero((lengths > 0) & (sets != 0))
    return (windows[some] >> n_bits) << MOST_WORDS | sets[some], lengths[some]


def _add_pairs(together: Int64, sets: Int64, n_windows: Int64) -> None:
    """Add to (K, N, N) the windows that have two words, from those that have exactly a set: `_sets`."""
    order = np.argsort(sets, kind="stable")
    sets = sets[order]
    firsts = np.flatnonzero(np.diff(sets, prepend=-1))
    if not len(firsts):
        return
    n_windows, sets = np.add.reduceat(n_windows[order], firsts), sets[firsts]
    holds = (sets[:, None] >> np.arange(together.shape[-1])) & 1
    topics = sets >> MOST_WORDS
    firsts = np.flatnonzero(np.diff(topics, prepend=-1))
    for rank in range(together.shape[-1]):
        both = holds * (holds[:, rank] * n_windows)[:, None]
        together[topics[firsts], rank] += np.add.reduceat(both, firsts)
