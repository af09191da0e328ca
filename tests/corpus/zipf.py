"""Text whose words are as uneven as those of a language: the n-th is as frequent as (n + 10)^-1.1."""

import numpy as np

N_WORDS = 500_000
_LETTERS = str.maketrans("0123456789", "abcdefghij")


def texts(n_documents: int, n_tokens: int) -> list[str]:
    """Documents of `n_tokens` tokens on average, the same every time."""
    rng = np.random.default_rng(0)
    shares = np.cumsum((np.arange(N_WORDS) + 10.0) ** -1.1)
    lengths = rng.poisson(n_tokens, n_documents)
    drawn = np.searchsorted(shares, rng.random(lengths.sum()) * shares[-1])
    words = [f"{number:06}".translate(_LETTERS) for number in range(N_WORDS)]
    return [" ".join(map(words.__getitem__, some)) for some in np.split(drawn, np.cumsum(lengths)[:-1])]
