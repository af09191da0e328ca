"""The vocabulary of a matrix: which file it is, and what is refused in it."""

import gzip
from pathlib import Path

import pytest

from lda_cli.config import CorpusConfig
from lda_cli.corpus.documents.vocabulary_file import read_terms
from lda_cli.corpus.inputs.files import find_sources
from lda_cli.corpus.inputs.report import Report
from lda_cli.errors import CorpusError
from tests.corpus.reading import ids, inputs_of, read


def terms(path: Path, content: bytes, report: Report | None = None, **settings: object) -> list[str] | None:
    path.write_bytes(content)
    return read_terms(str(path), CorpusConfig(**settings), report or Report())


def test_terms_are_the_lines_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    assert terms(path, b"\xef\xbb\xbfone\r\nTwo \n#3\nna\xc3\xafve") == ["one", "Two ", "#3", "naïve"]
    assert terms(path, gzip.compress(b"one\ntwo\n")) == ["one", "two"]
    assert terms(path, b"na\xefve\n", encoding="latin-1") == ["naïve"]


@pytest.mark.parametrize("head", [b"", b"25\n"])
def test_dictionary_of_gensim_is_read_by_id(tmp_path: Path, head: bytes) -> None:
    assert terms(tmp_path / "dictionary.txt", head + b"1\tmoon\t7\n0\tsail\t2\n") == ["sail", "moon"]
    with pytest.raises(CorpusError, match=r":[12]: a tab in a term"):
        terms(tmp_path / "v", head + b"1\tmoon\t7\n0\tsail\n")


@pytest.mark.parametrize(
    ("content", "encoding"),
    [(b"one\ntwo+AAo-three", "utf-7"), (b"one\ntwo\rthree\n", "utf-8"), (b"one\ntwo\x85\n", "latin-1")],
)
def test_term_is_one_line_when_decoded(tmp_path: Path, content: bytes, encoding: str) -> None:
    with pytest.raises(CorpusError, match=r":[12]: line break in a term; fix it"):
        terms(tmp_path / "v", content, encoding=encoding)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"one\ntwo\none\n", ":3: same term as in line 1; "),
        (b"one\n\ntwo\n", ":2: empty term; "),
        (b"", ": no terms in this file; "),
        (b"one\nt\0wo\n", ":2: NUL byte; "),
        (b"one\n\xff\n", ":2: not valid utf-8; "),
        (
            b"one\n" + b"x" * (1 << 16),
            ":2: term longer than 65536 bytes, or file longer than ",
        ),
        (
            b"3\n0\tone\t2\n2\ttwo\t2\n",
            ": gensim dictionary without ids 0 to 1, each with its own term; ",
        ),
        (b"0\tone\t2\n1\tone\t3\n", ": gensim dictionary without ids 0 to 1, each with its own term; "),
        (b"one\t3\ntwo\t1\n", ":1: a tab in a term, as in a table; keep the column of the terms; "),
        (b"two\n1\tone\n", ":2: a tab in a term, "),
        (gzip.compress(b"one\ntwo\n", mtime=0)[:-9], ": damaged gzip file"),
    ],
)
def test_bad_vocabulary_is_refused_with_its_line_or_skipped(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "vocab.txt"
    with pytest.raises(CorpusError) as caught:
        terms(path, content)
    assert str(caught.value).startswith(f"{path}{said}")
    assert str(caught.value).endswith("; fix it, or set corpus.vocabulary to another file")
    report = Report()
    assert terms(path, content, report, on_error="skip") is None
    assert report.skipped[0].startswith(f"{path}{said}".removesuffix("; "))


def test_bytes_of_a_term_may_be_replaced(tmp_path: Path) -> None:
    report = Report()
    assert terms(tmp_path / "v", b"one\n\xff\n", report, on_error="replace") == ["one", "\ufffd"]
    assert report.replaced == [f"{tmp_path}/v:2: not valid utf-8"]


def vocabulary_of(path: Path, **settings: object) -> str | None:
    path.touch()
    (source,) = find_sources(inputs_of(path, corpus=CorpusConfig(**settings)), Report())
    return source.vocabulary


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("docword.kos.txt.gz", ["vocab.kos.txt", "vocab.txt", "vocabulary.txt"]),
        (
            "a.b.ldac",
            ["a.b.ldac.vocab", "a.b.vocab", "a.b.vocab.txt", "a.b_vocab.txt", "vocab.txt", "vocabulary.txt"],
        ),
        ("a.mtx.bz2", ["a.vocab", "a.vocab.txt.xz", "a_vocab.txt", "vocab.txt.gz"]),
        ("a.npz", ["a.vocab.gz", "a_vocab.txt"]),
    ],
)
def test_vocabulary_beside_a_file_is_found_the_closest_name_first(
    tmp_path: Path, name: str, names: list[str]
) -> None:
    for called in names[::-1]:
        (tmp_path / called).touch()
        assert vocabulary_of(tmp_path / name) == str(tmp_path / called)
    assert vocabulary_of(tmp_path / name, vocabulary=str(tmp_path / name)) == str(tmp_path / name)


def test_missing_vocabulary_is_an_error_that_says_what_was_looked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.ldac"
    with pytest.raises(CorpusError) as caught:
        vocabulary_of(path)
    looked_for = "a.ldac.vocab, a.vocab, a.vocab.txt, a_vocab.txt, vocab.txt, vocabulary.txt, dictionary.txt"
    looked_for += "; or compressed"
    remedy = "set corpus.vocabulary to a file with one term per line"
    assert str(caught.value) == f"{path}: no vocabulary beside it ({looked_for}); {remedy}"
    for wrong, why in (("nowhere", "no such file or directory"), (".", "not a regular file")):
        with pytest.raises(CorpusError) as caught:
            vocabulary_of(path, vocabulary=str(tmp_path / wrong))
        assert str(caught.value).startswith(f"{path}: vocabulary {tmp_path / wrong}: {why}; {remedy}")


def test_file_without_a_usable_vocabulary_is_skipped(tmp_path: Path) -> None:
    for name, vocabulary in (("a", b"one\n"), ("b", b"one\none\n"), ("c", None), ("d", b"one\n")):
        (tmp_path / f"{name}.ldac").write_bytes(b"1 0:1\n")
        if vocabulary is not None:
            (tmp_path / f"{name}.vocab").write_bytes(vocabulary)
    report = Report()
    given = [tmp_path / f"{name}.ldac" for name in "abcd"]
    assert ids(read(*given, report=report, on_error="skip")) == ["a.ldac:1", "d.ldac:1"]
    assert [line.partition(": ")[0] for line in sorted(report.skipped)] == [
        f"{tmp_path}/b.vocab:2",
        f"{tmp_path}/c.ldac",
    ]
