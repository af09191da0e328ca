"""Training schedules as data: what each pass over the corpus does. The loop in em.py only obeys.

A pass of nothing but defaults is ordinary EM: batch EM with one minibatch, incremental EM (Neal and Hinton
1998) with many. Annealed EM is incremental EM whose passes start warm, overshoot, and leave the minibatch's
own last contribution out of the Phi that it is given, and end in plain ones.
"""

import math
from dataclasses import dataclass, replace

from .arrays import Float64
from .critical import Spectrum

# Stored contributions are at most so large, unless two minibatches already need more.
CONTRIBUTION_BYTES = 400 << 20

# The weights of a minibatch's documents are at most about so large, to stay in the processor's cache.
WEIGHT_BYTES = 24 << 20

# A minibatch has at most so many entries, if CONTRIBUTION_BYTES allow it: a visit takes 24 bytes for each.
VISITED_ENTRIES = 1 << 23

# With theta integrated out so many passes at the end do not overshoot, and end in the counts that they find.
SETTLING = 2

# Theta is integrated out where documents have fewer tokens than this, in the mean.
SHORT_DOCUMENT = 36

# The last mode of the corpus that the start of the cooling waits for, and the largest power by default.
LAST_MODE, MOST_POWER = 50, 0.97

# With theta integrated out a visit keeps q(z) of each of its entries, in so many bytes.
SHARES_BYTES = 256 << 20

# More minibatches find a little more and take more time: so few serve where time counts, or there are several
# starts.
FEW_MINIBATCHES = 8

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
    collapsed : the E-step is that with theta integrated out
    """

    power: float = 1.0
    relaxation: float = 1.0
    leave_out: bool = False
    learn_alpha: bool = False
    averaged: bool = False
    collapsed: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the bound cannot fall from such a pass to the next."""
        return self.power == 1.0 and self.relaxation == 1.0 and not self.leave_out and not self.collapsed


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
    collapsed: bool = False,
) -> tuple[Pass, ...]:
    """Cool from power `start` to `end`, linearly in the temperature 1 / p, then `plain_passes` of plain EM.

    The first pass has nothing to overshoot from, and the last SETTLING ones end in the counts that they
    find, plain or not. Alpha, learned while it is hot, runs away: it is left alone for the first half of the
    cooling. The result is the mean over the last share `average` of the passes.

    Held-out perplexity by passes, K = 50, mean of two seeds, which differ by 5 to 20 (document completion):

                                       8    12    18    24    46
        20 Newsgroups               2349  2297  2268  2257  2253
        Linux kernel documentation   999   989   978   979   986
        sections of Perl's manual    623   612   607   604   601

    24 is where the curves turn flat; 12 is fast, 46 thorough.
    """
    cooling = passes - plain_passes
    n_overshooting = passes - SETTLING if collapsed else cooling
    hot, cold = 1 / start, 1 / end
    tempered = [
        Pass(
            power=1 / (hot + (cold - hot) * i / cooling),
            relaxation=relaxation if 0 < i < n_overshooting else 1.0,
            leave_out=True,
            learn_alpha=learn_alpha and i >= cooling / 2,
            collapsed=collapsed,
        )
        for i in range(cooling)
    ]
    schedule = [*tempered, *plain(plain_passes, learn_alpha)]
    first_averaged = passes - math.ceil(average * passes)
    return tuple(replace(step, averaged=i >= first_averaged) for i, step in enumerate(schedule))


def cooler(schedule: tuple[Pass, ...], by: float) -> tuple[Pass, ...]:
    """The same passes from a larger power on, none above MOST_POWER but those that were."""
    return tuple(replace(step, power=max(step.power, min(step.power + by, MOST_POWER))) for step in schedule)


def is_short(tokens_per_document: float) -> bool:
    """Whether the tempered passes should integrate theta out: below 36 tokens a document.

    Of a topic that a document has little of, the mean field's exp(E[log theta]) is next to nothing: a
    short document freezes into one topic, and which one is chance. The collapsed update has no such fault,
    and costs two to five times as much where documents are long. Perplexity and npmi by length, K = 50 and
    20, of 20 Newsgroups cut to so many words (known ones in brackets); two seeds, which differ by 1%:

                        mean field, K = 50    collapsed       mean field, K = 20    collapsed
        3 (2.0)             1398  -.90        1120  -.58          1160  -.86        1086  -.62
        6 (4.3)             1441  -.64        1054  -.36          1273  -.45        1075  -.34
        9 (6.9)             1403  -.36        1246  -.19          1394  -.20        1314  -.13
        12 (9.7)            1402  -.22        1369  -.13          1561  -.13        1453  -.07
        17 (14.5)           1467  -.11        1472  -.03          1994  -.06        1596   .04
        25 (22)             1660   .01        1668   .04          1894   .06        1863   .10
        50 (44)             1876   .12        1886   .13          2211   .13        2206   .14
        German news (46)     710   .20         718   .21           829   .19         822   .18
        whole (130)         2040   .25        2102   .25          2518   .23        2584   .18
    """
    return tokens_per_document < SHORT_DOCUMENT


def default_powers(
    spectrum: Spectrum, n_docs: int, alpha: Float64, tokens_per_document: float
) -> tuple[float, float]:
    """The powers to cool from and to, from where the corpus's topics begin to tell themselves apart.

    p_c is the critical power (critical.py) of the last mode that topics could take up, the 50th at most.
    With theta integrated out the whole training stays near its cold side, from p_c + 0.02 to p_c + 0.08.
    Hotter, corpora begin to melt; colder passes make up more about a few words than these tell. Perplexity
    by start and end, K = 50, one seed:

                                      -.03, .03   -.01, .03   .01, .05   .03, .08
        titles of questions                 414         429        440        438
        titles of articles                  639         625        628        632
        descriptions of packages            616         513        433        444
        snippets of pages                   445         427        413        433
        20 Newsgroups, cut to 25 words     1701        1626       1545       1562

    The mean field starts at 0.7, hotter below 68 tokens, which freeze sooner (20 Newsgroups cut to 47 of
    them: 3237 from .7, 3178 from .65, 3119 from .6), or at p_c where that is more: reviews of films, K = 50,
    melt into one topic fifty times from .7 (4420) and are well from .78 (3465; topica 3457); posts on
    politics 966 from .7, 920 from .78 (topica 923). More topics than modes do not make it hotter (posts,
    K = 100: 904 with r of K topics, 887 with r of 50). It ends as `default_end` says, or 0.1 above p_c.

    alpha : (K,), that the training begins with
    """
    n_topics, total = len(alpha), float(alpha.sum())
    mode = min(n_topics, LAST_MODE)
    if is_short(tokens_per_document):
        critical = spectrum.collapsed_power(mode, total)
        return _power(critical + 0.02), _power(critical + 0.08)
    critical = spectrum.mean_field_power(mode, mode, total)
    start = _power(max(critical, min(0.7, 0.4 + 0.4 * math.log10(tokens_per_document / 12))))
    return start, max(start, default_end(n_docs, n_topics, tokens_per_document), _power(critical + 0.1))


def _power(value: float) -> float:
    """Three decimals: rounding in the last bits of an eigenvalue must not change a model."""
    return round(min(value, MOST_POWER), 3)


def default_end(n_docs: int, n_topics: int, tokens_per_document: float) -> float:
    """The power to cool the mean field to: 0.9, less where documents are short for so many topics.

    A few words cannot tell many topics apart, and colder the mean field makes up its mind all the same.
    Held-out perplexity by the end of the cooling (one to four seeds, which differ by half a per cent):

                             tokens    K    .55   .60   .65   .70   .75   .80   .85   .90
        20 Newsgroups, cut       47   50         3649        3182        3134  3163
        20 Newsgroups           130   50                                       2265  2259
                                     100                           2017  1973  1971  1970
                                     200                     1729  1688  1688        1701
                                     500                     1395  1398  1412        1433
        sections of Perl's      184   50                                        605   603
        manual                       200                            473   469         468
        Linux documentation     332  200                                  565         564

    The last power that is not too hot rises by 0.3 for ten times as many tokens, and falls by as much for ten
    times as many topics, of which more than 130 make no difference. Small corpora gain less and melt first.
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


def default_minibatches(
    n_docs: int, n_terms: int, n_nonzero: int, n_topics: int, collapsed: bool = False
) -> int:
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
    wanted = (
        40 if n_docs < SMALL_CORPUS else max(FEW_MINIBATCHES, math.ceil(n_docs * row_bytes / WEIGHT_BYTES))
    )
    wanted = max(wanted, math.ceil(n_nonzero / VISITED_ENTRIES))
    if collapsed:
        wanted = max(wanted, math.ceil(n_nonzero * row_bytes / SHARES_BYTES))
    if n_nonzero * row_bytes > CONTRIBUTION_BYTES:
        wanted = min(wanted, max(2, CONTRIBUTION_BYTES // (n_terms * row_bytes)))
    return min(wanted, n_docs)
