"""Training schedules as data: what each pass over the corpus does. The loop in em.py follows them.

A pass with all defaults is ordinary EM: batch EM with one minibatch, incremental EM (Neal and Hinton 1998)
with several. Annealed EM is incremental EM whose passes start hot, overshoot, and leave the last contribution
of a minibatch out of its own Phi; the last passes are plain.
"""

import math
from dataclasses import dataclass, replace

from .arrays import Float64
from .critical import Spectrum

# The largest size of the stored contributions, unless two minibatches already need more.
CONTRIBUTION_BYTES = 400 << 20

# The largest size of the weights of a minibatch's documents, about: they should stay in the processor's
# cache.
WEIGHT_BYTES = 24 << 20

# The largest number of entries of a minibatch, if CONTRIBUTION_BYTES allows it: a visit takes 24 bytes for
# each.
VISITED_ENTRIES = 1 << 23

# With theta integrated out, this many passes at the end do not overshoot: they end in the counts of the
# E-step.
SETTLING = 2

# Theta is integrated out if documents have fewer tokens than this, in the mean: see `is_short`.
SHORT_DOCUMENT = 36

# The passes of a training that begins with the topics of another model. They are tempered by the last power
# of a cold start, where topics neither melt nor freeze. 20 Newsgroups in time, K = 50: half of it, then all
# of the first 76%, two seeds, which differ by 10; scratch has 24 passes. All topics stay nearest to
# themselves.
#
#     scratch    8 passes, .95    8, .90    8, .80 to .90    12, .90
#      2272           2287         2279         2275           2272
WARM_PASSES = 12

# The last mode of the corpus that the start of the cooling depends on, and the largest power by default.
LAST_MODE, MOST_POWER = 50, 0.97

# With theta integrated out a visit keeps q(z) of each entry of its minibatch: the largest size of that.
SHARES_BYTES = 256 << 20

# The number of minibatches where time counts, or with several starts: see `default_minibatches`.
FEW_MINIBATCHES = 8

# A corpus of fewer documents is small: it needs more smoothing, and has time for many minibatches.
SMALL_CORPUS = 3000


@dataclass(frozen=True)
class Pass:
    """What one pass does.

    power : p = 1 / temperature; q(z) is proportional to (exp(E[log theta]) Phi)^p
    relaxation : omega; a stored contribution moves by omega times the difference to its new value
    leave_out : Phi comes from the contributions of the other minibatches only
    learn_alpha : alpha is fitted to the corpus at the end of the pass
    averaged : S after this pass is in the mean that is the result
    collapsed : the E-step integrates theta out
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

    The first pass does not overshoot, because there is nothing stored yet; nor do plain passes, nor the last
    SETTLING ones with theta integrated out. Alpha is not learned in the first half of the cooling: learned
    while it is hot, it grows without limit. The result is the mean over the last share `average` of the
    passes.

    Held-out perplexity by passes, K = 50, mean of two seeds, which differ by 5 to 20 (document completion):

                                       8    12    18    24    46
        20 Newsgroups               2349  2297  2268  2257  2253
        Linux kernel documentation   999   989   978   979   986
        sections of Perl's manual    623   612   607   604   601

    The curves are flat from 24 on; 12 is fast, 46 thorough. With many topics 12 take half the time too, but
    1% of perplexity and .008 of npmi: 24 is the default there as well. 20 Newsgroups, mean of three seeds,
    which differ by 4 to 9:

                         12            24
        K = 500      1414  .228    1401  .237
        K = 1000     1274  .236    1261  .244
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
    """The same passes with powers larger by `by`, up to MOST_POWER; powers above that stay."""
    return tuple(replace(step, power=max(step.power, min(step.power + by, MOST_POWER))) for step in schedule)


def is_short(tokens_per_document: float) -> bool:
    """Whether the tempered passes should integrate theta out: below 36 tokens a document.

    In the mean field, exp(E[log theta]) of a topic with a small share is almost zero: a short document
    freezes into one topic, which is chosen by chance. The collapsed update does not have this problem, but
    takes two to five times as long if documents are long. Perplexity and npmi by length, K = 50 and 20, of 20
    Newsgroups cut to this many words (known ones in brackets); two seeds, which differ by 1%:

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
    """The powers to cool from and to, from the power at which the topics of the corpus begin to differ.

    p_c is the critical power (critical.py) of mode K, of mode 50 at most. With theta integrated out the whole
    training stays a little colder than that, from p_c + 0.02 to p_c + 0.08. If it is hotter, the topics of
    some corpora melt; if it is colder, the topics of a document are more certain than a few words allow.
    Perplexity by start and end, relative to p_c, K = 50, one seed:

                                      -.03, .03   -.01, .03   .01, .05   .03, .08
        titles of questions                 414         429        440        438
        titles of articles                  639         625        628        632
        descriptions of packages            616         513        433        444
        snippets of pages                   445         427        413        433
        20 Newsgroups, cut to 25 words     1701        1626       1545       1562

    The mean field starts at 0.7, hotter below 68 tokens, because shorter documents freeze sooner (20
    Newsgroups cut to 47 tokens: 3237 from .7, 3178 from .65, 3119 from .6); or at p_c if that is larger:
    reviews of films, K = 50, melt into fifty equal topics from .7 (4420), but not from .78 (3465; topica
    3457); posts on politics 966 from .7, 920 from .78 (topica 923). More than 50 topics do not make it hotter
    (posts, K = 100: 904 with r of K topics, 887 with r of 50). It ends at `default_end`, or 0.1 above p_c.

    n_docs, tokens_per_document : of the documents that have terms
    alpha : (K,), at the beginning of the training
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
    """Round to three decimals: the last bits of an eigenvalue must not change a model."""
    return round(min(value, MOST_POWER), 3)


def default_end(n_docs: int, n_topics: int, tokens_per_document: float) -> float:
    """The power to cool the mean field to: 0.9, less if documents are short for the number of topics.

    A few words do not determine which of many topics a document has, but a cold mean field chooses all the
    same. Held-out perplexity by the end of the cooling (one to four seeds, which differ by half a per cent):

                             tokens    K    .55   .60   .65   .70   .75   .80   .85   .90
        20 Newsgroups, cut       47   50         3649        3182        3134  3163
        20 Newsgroups           130   50                                       2265  2259
                                     100                           2017  1973  1971  1970
                                     200                     1729  1688  1688        1701
                                     500                     1395  1398  1412        1433
        sections of Perl's      184   50                                        605   603
        manual                       200                            473   469         468
        Linux documentation     332  200                                  565         564

    The best power rises by 0.3 for ten times as many tokens, and falls by 0.3 for ten times as many topics,
    up to 130 topics. Small corpora gain less and melt sooner.
    """
    by_length = 0.766 + 0.3 * math.log10(tokens_per_document / min(n_topics, 130))
    by_number = 0.9 - 0.2 * math.log10(n_docs / 100)
    return min(max(by_length, by_number, 0.4), 0.9)


def default_eta(n_docs: int, n_topics: int) -> float:
    """The pseudo-count that predicts best: 0.02, or 0.05 for a small corpus; at most 2 / K.

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
    """The number of minibatches: 8, or 40 for a small corpus, more for a very large one; as memory allows.

    In a pass the M-step visits every term of every minibatch: fewer minibatches are faster, and from 8 to 100
    the results differ by less than those of two seeds. Perplexity with 8 and 16, K = 50, mean of two to six
    seeds: 20 Newsgroups 2269, 2268; sections of Perl's manual 602, 602; word-net glosses 1695, 1697. (In
    another series on 20 Newsgroups 6, 12, 20 and 40 gave 2278, 2268, 2270, 2267.) If time does not matter, 40
    is a little better: 600 postings, K = 20, with 8, 16 and 40: 4382, 4382, 4366; the sample corpus, mean
    over twelve seeds of the adjusted mutual information of topics and folders: .847, .859, .864.

    The M-step reads the weights of a minibatch's documents in random order: a million documents take 122 ns a
    token and pass in 20 minibatches, whose weights fit into the cache, and 142 ns in 8 (K = 100).

    A minibatch stores a float32 for each of its terms and topics, together at most min(minibatches * V, nnz)
    * K; a visit takes 24 bytes for each entry. So both many and few minibatches take memory. A million
    documents of 140 terms on disk, V = 100,000, K = 20, in 17 and 34 minibatches: 129 and 255 MB are stored,
    the peak is 615 and 623 MB, the time is the same.
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
