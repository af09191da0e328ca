"""Coherence beside gensim's CoherenceModel, over documents in which no word is repeated.

Where words are repeated its windows are counted wrongly (test_windows.py), so its numbers are others.
"""

import numpy as np
import pytest
from gensim.corpora import Dictionary
from gensim.models import CoherenceModel

from lda_cli.engine.coherence_measures import SIZES, coherence
from lda_cli.engine.windows import WindowCounter

N_WORDS = 10


@pytest.fixture(scope="module")
def documents():
    """Numbers of words, with a word at most once in a document; some documents are longer than any window."""
    rng = np.random.default_rng(0)
    p = 1 / np.arange(1, 401)
    lengths = rng.integers(1, 200, size=60)
    return [rng.choice(400, size=n, replace=False, p=p / p.sum()) for n in lengths]


@pytest.mark.parametrize("name", ["u_mass", "c_uci", "c_npmi", "c_v"])
def test_coherence_is_gensims(name, documents):
    rng = np.random.default_rng(1)
    topics = [rng.choice(np.unique(np.concatenate(documents)), N_WORDS, replace=False) for _ in range(5)]
    starts = np.cumsum([0, *map(len, documents)])
    counts = WindowCounter(topics, SIZES).count(np.concatenate(documents), starts)

    texts = [[str(word) for word in document] for document in documents]
    dictionary = Dictionary(texts)
    gensims = CoherenceModel(
        topics=[[str(word) for word in topic] for topic in topics],
        texts=texts,
        corpus=[dictionary.doc2bow(text) for text in texts],
        dictionary=dictionary,
        coherence=name,
        topn=N_WORDS,
        processes=1,
    )
    found = coherence(name, counts, SIZES, [N_WORDS] * len(topics))
    assert found.values == pytest.approx(gensims.get_coherence_per_topic(), abs=1e-9)
