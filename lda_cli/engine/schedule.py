"""Training schedules as data: what each pass over the corpus does. The loop in em.py only obeys.

A pass of nothing but defaults is ordinary EM: batch EM with one minibatch, incremental EM (Neal and Hinton
1998) with many. Annealed EM is incremental EM whose passes start warm, overshoot, and leave the minibatch's
own last contribution out of the Phi that it is given, and end in plain ones.
"""

import math
from dataclasses import dataclass, replace

# Stored contributions are at most so large, unless two minibatches already need more.
CONTRIBUTION_BYTES = 400 << 20

# The weights of a minibatch's documents are at most about so large, to stay in the processor's cache.
WEIGHT_BYTES = 24 << 20

# A minibatch has at most so many entries, if CONTRIBUTION_BYTES allow it: a visit takes 24 bytes for each.
VISITED_ENTRIES = 1 << 23

# A corpus of fewer documents is small: it wants more smoothing, and can afford many minibatches.
SMALL_CORPUS = 3000


@dataclass(frozen=True)
class Pass:
    """What one pass does.

    power : p = 1 / temperature; q(z) is proportional to (exp(E[log theta]) Phi)^p
    relaxation : omega; a stored contribution moves omega times the way to its new value
    leave_out : Phi is taken from the other minibatches' contributions only
    learn_alpha : alpha is fitted to the corpus at the end of the pass
    averaged : the state after this pass is one of those whose mean is the result
    """

    power: float = 1.0
    relaxation: float = 1.0
    leave_out: bool = False
    learn_alpha: bool = False
    averaged: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the bound cannot fall from such a pass to the next."""
        return self.power == 1.0 and self.relaxation == 1.0 and not self.leave_out


def plain(passes: int, learn_alpha: bool) -> tuple[Pass, ...]:
    """Batch or incremental EM throughout."""
    return (Pass(learn_alpha=learn_alpha),) * passes


def annealed(
    passes: int,
    learn_alpha: bool,
    *,
    start: float,
    end: float,
    relaxation: float,
    plain_passes: int,
    average: float,
) -> tuple[Pass, ...]:
    """Cool from power `start` to `end`, linearly in the temperature 1 / p, then `plain_passes` of plain EM.

    The first pass has nothing to overshoot from. Alpha, learned while it is hot, runs away: it is left alone
    for the first half of the cooling. The result is the mean over the last share `average` of the passes.

    Held-out perplexity by passes, K = 50, mean of two seeds, which differ by 5 to 20 (document completion):

                                       8    12    18    24    46
        20 Newsgroups               2349  2297  2268  2257  2253
        Linux kernel documentation   999   989   978   979   986
        sections of Perl's manual    623   612   607   604   601

    24 is where the curves turn flat; 12 is fast, 46 thorough.
    """
    cooling = passes - plain_passes
    hot, cold = 1 / start, 1 / end
    tempered = [
        Pass(
            power=1 / (hot + (cold - hot) * i / cooling),
            relaxation=relaxation if i else 1.0,
            leave_out=True,
            learn_alpha=learn_alpha and i >= cooling / 2,
        )
        for i in range(cooling)
    ]
    schedule = [*tempered, *plain(plain_passes, learn_alpha)]
    first_averaged = passes - math.ceil(average * passes)
    return tuple(replace(step, averaged=i >= first_averaged) for i, step in enumerate(schedule))


def default_start(n_docs: int, tokens_per_document: float) -> float:
    """The power to cool from: 0.7 for documents of 68 tokens and more, for shorter ones down to 0.4.

    The fewer tokens a document has, the less it takes to freeze its topics, and the hotter must be the start.
    Perplexity, K = 50, of word-net glosses (33,000 of 9.5 tokens): 1919 from .7, 1834 from .6, 1742 from .5,
    1712 from .4; of 20 Newsgroups cut to 25 tokens: 5492, 5199, 4893, 4835; to 47: 3237, 3178, 3119, 3872.
    Whole (133 tokens), .65 to .75 are the same and .6 is worse. Too hot a start melts the topics for good:
    small corpora melt first (1,000 of 25 tokens, K = 20, from .6, .55, .5, .45: 7937, 7839, 7935, 9522), and
    gain little, so that below 10,000 documents the start rises towards 0.6.
    """
    by_length = 0.4 + 0.4 * math.log10(tokens_per_document / 12)
    by_number = min(0.6, 0.6 - 0.2 * math.log10(n_docs / 1000))
    return min(max(by_length, by_number, 0.4), 0.7)


def default_end(n_docs: int, n_topics: int, tokens_per_document: float) -> float:
    """The power to cool to: 0.9 where documents are long, less where they are short for so many topics.

    A few words cannot tell many topics apart, and colder the mean field makes up its mind all the same.
    Held-out perplexity by the end of the cooling (one to four seeds, which differ by half a per cent):

                             tokens    K    .40   .45   .50   .55   .60   .65   .70   .75   .80   .85   .90
    word-net glosses            9.5   20                     3671  2180  1761  1756  1762  1779  1790  1808
                                      50              1561  1537              1604              1687  1709
                                     100              1476  1512        1588
                                     200  1347  1403  1483  1557                                2037
    20 Newsgroups, cut to        25   20                                6647        5553        5742
                                      50                    5440        4578        4784        4855
                                     200                    3816        4038        4209
                                 47   50                          3649        3182        3134  3163
    20 Newsgroups               130   50                                                        2265  2259
                                     100                                            2017  1973  1971  1970
                                     200                                      1729  1688  1688  1701
                                     500                                      1395  1398  1412  1433
    sections of Perl's manual   184   50                                                         605   603
                                     200                                             473   469   468
    Linux documentation         332  200                                                  (to .87) 565   564

    The last power that is not too hot rises by 0.3 for ten times as many tokens, and falls by as much for ten
    times as many topics, of which more than 130 make no difference. Small corpora gain less and melt first
    (300 documents of 25 tokens, K = 50: 9957 to .85, 11285 to .68; 1000: 7506, 7452; 3000: 5875, 5764).
    """
    by_length = 0.766 + 0.3 * math.log10(tokens_per_document / min(n_topics, 130))
    by_number = 0.9 - 0.2 * math.log10(n_docs / 100)
    return min(max(by_length, by_number, 0.4), 0.9)


def default_eta(n_docs: int, n_topics: int) -> float:
    """The pseudo-count that predicts best: 0.02, 0.05 for a small corpus; a term's at most 2 over all topics.

    Held-out perplexity by eta (means of two to four seeds; one at K = 500):

                                    K       .005    .01    .02    .05
        600 of 20 Newsgroups       20                     4537   4367
                                  100       4006   3869   3843   4092
        sections of Perl's manual 100                      522    534
                                  200        469    468    471    484
        20 Newsgroups              50              2261   2257   2274
                                  100              1971   1970
                                  200       1704   1701   1711
                                  500       1427   1427   1472
        Linux documentation       200               564    562
        word-net glosses           50              1698   1685   1680
    """
    return min(0.05 if n_docs < SMALL_CORPUS else 0.02, 2 / n_topics)


def default_minibatches(n_docs: int, n_terms: int, n_nonzero: int, n_topics: int) -> int:
    """How many minibatches: 8, 40 of a small corpus, more of a very large one; as memory allows.

    A pass takes every term of every minibatch through the M-step: the fewer there are, the faster it is, and
    from 8 to 100 results differ by less than seeds do. Perplexity with 8 and 16, K = 50, mean of two to six
    seeds: 20 Newsgroups 2269, 2268; sections of Perl's manual 602, 602; word-net glosses 1695, 1697. (In
    another series on 20 Newsgroups 6, 12, 20 and 40 gave 2278, 2268, 2270, 2267.) Where time is no matter,
    40 are the best by a little: 600 postings, K = 20, with 8, 16 and 40: 4382, 4382, 4366; the sample corpus,
    mean over twelve seeds of the adjusted mutual information of topics and folders: .847, .859, .864.

    The M-step goes through the weights of a minibatch's documents in no order: in the cache, a million
    documents in 20 minibatches take 122 ns a token and pass, out of it, in 8, 142 (K = 100).

    A minibatch stores a float32 for each of its terms and topics, so that all store at most
    min(minibatches * V, nnz) * K of them; a visit takes 24 bytes for each of its entries. Many take
    memory, and so do few. A million documents of 140 terms on disk, V = 100,000, K = 20, in 17
    minibatches and in 34: 129 and 255 MB are stored, the peak is 615 and 623 MB, the time the same.
    """
    row_bytes = 4 * n_topics
    wanted = 40 if n_docs < SMALL_CORPUS else max(8, math.ceil(n_docs * row_bytes / WEIGHT_BYTES))
    wanted = max(wanted, math.ceil(n_nonzero / VISITED_ENTRIES))
    if n_nonzero * row_bytes > CONTRIBUTION_BYTES:
        wanted = min(wanted, max(2, CONTRIBUTION_BYTES // (n_terms * row_bytes)))
    return min(wanted, n_docs)
