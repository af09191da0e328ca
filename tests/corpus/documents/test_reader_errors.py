"""What cannot be decoded or read, and the fingerprint of what is."""

import gzip
import os
from pathlib import Path

import pytest

from lda_cli.config import CorpusConfig, load_config
from lda_cli.corpus.counts.cache import KnownFiles
from lda_cli.corpus.documents.chunks import chunks
from lda_cli.corpus.documents.readers import Reader
from lda_cli.corpus.inputs.fingerprint import of_contents
from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.corpus.inputs.report import Report
from lda_cli.corpus.reading import fingerprint
from lda_cli.errors import ConfigError, CorpusError
from tests.corpus.reading import GZIPPED, error_of, ids, inputs_of, read, read_documents, write

# What cannot be decoded or read


def test_undecodable_file_is_an_error_skipped_or_replaced(tmp_path: Path) -> None:
    write(tmp_path, a=b"caf\xe9", b=b"B")
    reason = f"{tmp_path}/a: not valid utf-8 at byte 3"
    several = "to several, such as [utf-8, latin-1]"
    remedy = f"set corpus.encoding to its encoding, or {several}, or corpus.on_error to skip or replace"
    assert error_of(tmp_path) == f"{reason}; {remedy}"
    skipping, replacing = Report(), Report()
    assert read(tmp_path, report=skipping, on_error="skip") == [("b", "B")]
    assert skipping == Report(n_skipped=1, skipped=[reason])
    assert read(tmp_path, report=replacing, on_error="replace") == [("a", "caf\ufffd"), ("b", "B")]
    assert replacing == Report(n_replaced=1, replaced=[reason])


def test_undecodable_line_is_an_error_skipped_or_replaced_and_keeps_the_numbers(tmp_path: Path) -> None:
    write(tmp_path, a=b"x\ncaf\xe9\ny")
    reason = f"{tmp_path}/a:2: not valid utf-8 at byte 3 of the line"
    assert error_of(tmp_path / "a").startswith(f"{reason}; ")
    skipping, replacing = Report(), Report()
    assert ids(read(tmp_path / "a", report=skipping, on_error="skip")) == ["a:1", "a:3"]
    assert skipping.skipped == [reason]
    assert read(tmp_path / "a", report=replacing, on_error="replace")[1] == ("a:2", "caf\ufffd")
    assert replacing.replaced == [reason]


def test_report_keeps_twenty_names_and_counts_all(tmp_path: Path) -> None:
    write(tmp_path, a=b"\xff\n" * 50)
    report = Report()
    read(tmp_path / "a", report=report, on_error="skip")
    read(tmp_path / "a", report=report, on_error="replace")
    assert (report.n_skipped, report.n_replaced) == (50, 50)
    assert (len(report.skipped), len(report.replaced)) == (20, 20)


@pytest.mark.parametrize("layout", ["folder", "lines"])
def test_binary_file_is_an_error_or_skipped_but_never_replaced(tmp_path: Path, layout: str) -> None:
    write(
        tmp_path, a=b"text", b=b"x\n" * 4095 + b"\0\n", c_gz=gzip.compress(b"\0"), d=b"x\n" * 4096 + b"\0\n"
    )
    for on_error in ("fail", "replace"):
        assert error_of(tmp_path, format=layout, on_error=on_error).startswith(
            f"{tmp_path}/b: is a binary file; "
        )
    report = Report()
    found = ids(read(tmp_path, report=report, format=layout, on_error="skip"))
    assert {name.partition(":")[0] for name in found} == {"a", "d"}
    assert report.skipped == [f"{tmp_path}/b: is a binary file", f"{tmp_path}/c.gz: is a binary file"]


def test_folder_that_may_not_be_listed_is_an_error_or_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a=b"A", x__b=b"B")
    listed = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("/x"):
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert error_of(tmp_path).startswith(f"{tmp_path}/x: permission denied; ")
    report = Report()
    assert ids(read(tmp_path, report=report, on_error="skip")) == ["a"]
    assert report.skipped == [f"{tmp_path}/x: permission denied"]


def test_closed_standard_input_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(CorpusError, match="standard input is closed"):
        list(read_documents(["-"], CorpusConfig(), Report()))


# The fingerprint


def digest_of_reading(*inputs: object, **settings: object) -> str:
    config, sources, ends = CorpusConfig(**settings), [], []
    given = inputs_of(*inputs, corpus=config)
    found = chunks(given, is_wanted=lambda source: sources.append(source) or True)
    for chunk in found:
        list(Reader(config).documents(chunk, Report(), ends.append))
    return of_contents((sources[end.number], end.content) for end in ends if end.content is not None)


def fingerprint_of(*inputs: object, **settings: object) -> str:
    return fingerprint(inputs_of(*inputs, corpus=CorpusConfig(**settings)), KnownFiles(None))


@pytest.mark.parametrize("layout", ["auto", "folder", "lines"])
@pytest.mark.parametrize("on_error", ["skip", "fail"])
def test_fingerprint_is_the_digest_of_a_full_read(tmp_path: Path, layout: str, on_error: str) -> None:
    docs = write(tmp_path / "docs", a=b"A\nB\n" * 50_000, x__b=b"", c_gz=GZIPPED, notes=b"1\n2")
    if on_error == "skip":
        write(
            docs, bad=b"\xff\n" * 9, binary=b"\0" * 200_000, cut_gz=GZIPPED[:-9], more_gz=b"no gzip" * 20_000
        )
        (docs / "broken").symlink_to("nowhere")
    inputs = docs, docs / "notes"
    expected = fingerprint_of(*inputs, format=layout, on_error=on_error)
    assert digest_of_reading(*inputs, format=layout, on_error=on_error) == expected


def test_fingerprint_tells_names_contents_order_and_format_apart(tmp_path: Path) -> None:
    def of(**files: bytes) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        return fingerprint_of(write(folder, **files))

    assert of(a=b"x", b=b"y") == of(b=b"y", a=b"x")
    different = [of(a=b"x", b=b"y"), of(a=b"y", b=b"x"), of(ab=b"x"), of(a=b"bx"), of(a=b"")]
    folder = write(tmp_path / "last", ab=b"x")
    different += [fingerprint_of(folder / "ab"), fingerprint_of(folder, folder)]
    assert len(set(different)) == len(different)


def test_fingerprint_of_a_pipe_is_refused_without_reading_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for given_input in ("-", tmp_path / "pipe"):
        with pytest.raises(ConfigError, match="a pipe has no fingerprint"):
            fingerprint_of(given_input)


def test_what_is_never_a_document_is_passed_over_whatever_leads_to_it(tmp_path: Path) -> None:
    corpus = write(
        tmp_path / "corpus", a_txt=b"one", model__phi=b"\0", lda_yaml=b"topics", cache__counts=b"\0"
    )
    (corpus / "link").symlink_to("model")
    options = {"model.path": str(corpus / "model"), "corpus.cache": str(corpus / "cache")}
    inputs = Inputs([str(corpus)], load_config(environ={}, options=options))
    documents = (Reader(CorpusConfig()).documents(chunk, Report()) for chunk in chunks(inputs))
    assert [document.id for each in documents for document in each] == ["a.txt"]
    only = fingerprint_of(write(tmp_path / "only", a_txt=b"one"))
    assert fingerprint(inputs, KnownFiles(None)) == only


def test_half_a_character_is_refused_or_replaced_like_any_bad_byte(tmp_path: Path) -> None:
    corpus = write(tmp_path, a_txt=b"+2AA-xyz moon", b_txt=b"tide")
    assert "unpaired surrogate" in error_of(corpus, encoding="utf-7")
    assert read(corpus, encoding="utf-7", on_error="skip") == [("b.txt", "tide")]
    assert [text for _, text in read(corpus, encoding="utf-7", on_error="replace")] == [
        "\ufffdxyz moon",
        "tide",
    ]
