"""What the files of an input are, and what a document is: by names, by first bytes, by how they are given."""

import io
import json
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from lda_cli.config import Config, CorpusConfig
from lda_cli.config.schema import ModelConfig
from lda_cli.corpus.documents.chunks import chunks
from lda_cli.corpus.documents.readers import Reader
from lda_cli.corpus.inputs.files import find_sources
from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.corpus.inputs.report import Report
from tests.corpus import bag_files
from tests.corpus.reading import InBlocks, Text, error_of, ids, inputs_of, read, read_documents, write

LINES = {"a_txt": b"judge jury\ncourt\n\nverdict\n", "b_txt": b"boat sail\n\ntide\n"}
NFC, NFD = (unicodedata.normalize(form, "Köln") for form in ("NFC", "NFD"))


def test_what_a_document_is_does_not_depend_on_how_it_is_typed(tmp_path: Path) -> None:
    write(tmp_path, **LINES)
    whole = [(name.replace("_", "."), text.decode()) for name, text in LINES.items()]
    for given in ([tmp_path], [tmp_path / "*.txt"], [tmp_path / "a.txt", tmp_path / "b.txt"]):
        assert read(*given) == whole
    assert ids(read(tmp_path / "a.txt")) == [f"a.txt:{line}" for line in range(1, 5)]
    assert read(tmp_path / "a*.txt") == whole[:1]  # a glob may match more tomorrow


@pytest.mark.parametrize(("unit", "n_documents"), [("file", [1, 2]), ("line", [4, 7])])
def test_unit_of_a_model_goes_before_how_files_are_given(
    tmp_path: Path, unit: str, n_documents: list[int]
) -> None:
    write(tmp_path, **LINES)
    for path, number in zip([tmp_path / "a.txt", tmp_path], n_documents, strict=True):
        inputs = replace(inputs_of(path), unit=unit)
        found = [chunk for chunk in chunks(inputs) if chunk is not None]
        documents = [each for chunk in found for each in Reader(inputs.corpus).documents(chunk, Report())]
        assert len(documents) == number


def test_mixed_folder_is_read_by_names_and_first_bytes(tmp_path: Path) -> None:
    write(tmp_path, a_csv=b"text\nmoon\n", b_jsonl=b'{"text": "tide"}\n', c=b'{"text": "oil"}\n')
    write(tmp_path, d_txt=b'<p>rice, {"text"}', e_json=b'[{"text": "lamp"}]', f_json=b'{"name": "a package"}')
    write(tmp_path, g=b"x" * 70_000, h=b'[{"text": "late"}]' + b" " * 70_000)
    report = Report()
    found = read(tmp_path, report=report)
    assert found[:4] == [
        ("a.csv:2", "moon"),
        ("b.jsonl:1", "tide"),
        ("c:1", "oil"),
        ("d.txt", '<p>rice, {"text"}'),
    ]
    assert ids(found[4:]) == ["e.json:1", "g", "h:1"]
    assert report.left_out == {"textless JSON file": 1}


def test_bags_of_words_in_a_folder_are_read_and_their_vocabularies_are_no_documents(tmp_path: Path) -> None:
    rows: bag_files.Rows = [{0: 1}, {1: 2}]
    dictionary = b"2\n" + b"".join(b"%d\tword%d\t1\n" % (number, number) for number in range(6))
    write(tmp_path, x__a_ldac=bag_files.ldac(rows), x__a_vocab=b"moon\ntide\n", x__note_txt=b"oil")
    write(tmp_path, y__corpus_mtx=bag_files.mtx(rows), y__dictionary_txt=dictionary)
    write(tmp_path, z__vocab_txt=b"a text on words")
    assert ids(read(tmp_path)) == [
        *("x/a.ldac:1", "x/a.ldac:2", "x/note.txt", "y/corpus.mtx:1", "y/corpus.mtx:2", "z/vocab.txt"),
    ]
    for folder in "xy":  # as a shell gives them
        given = sorted((tmp_path / folder).iterdir())
        assert ids(read(*given)) == ids(read(tmp_path / folder / "*")) == ids(read(tmp_path / folder))
    assert ids(read(tmp_path / "x/a.vocab")) == ["a.vocab:1", "a.vocab:2"]


def test_models_and_configs_are_no_documents_however_they_are_given(tmp_path: Path) -> None:
    model = {f"{name}__{file}": b"moon" for name in ("m", "old") for file in ("model_json", "phi_npy")}
    write(tmp_path, a_txt=b"moon", b_txt=b"tide", lda_yaml=b"model: {}", old__history_jsonl=b"{}", **model)
    config = Config(model=ModelConfig(path=str(tmp_path / "m")))
    for given in ([tmp_path], [tmp_path / "*"], sorted(tmp_path.iterdir())):
        report = Report()
        found = find_sources(Inputs(list(map(str, given)), config), report)
        assert [source.name for source in found] == ["a.txt", "b.txt"]
        assert report.left_out == {"model": 1}  # the other one is the model of the config
    assert error_of(tmp_path / "old") == f"{tmp_path / 'old'}: is a model, not a corpus; give it by -m"


@pytest.mark.parametrize(
    ("content", "documents"),
    [
        (b'{"text": "one"}\n{"text": "two"}\n', ["one", "two"]),
        (b'[{"text": "one"},\n {"text": "two"}]', ["one", "two"]),
        (b"id,text\n1,one\n2,two\n", ["one", "two"]),
        (b"id,text of it\n1,one\n", ["id,text of it", "1,one"]),
        (b"{one}\n[two]\n", ["{one}", "[two]"]),
    ],
)
def test_standard_input_is_lines_unless_it_can_only_be_another_format(
    content: bytes, documents: list[str]
) -> None:
    assert [text for _, text in read("-", stdin=content)] == documents


def test_json_on_a_pipe_is_known_by_its_first_line_however_it_comes() -> None:
    content = b'{"text": "one"}\n{"text": "two"}\n'
    for sizes in ([1], [5], [3, 100]):
        stream = io.BufferedReader(InBlocks(content, sizes))
        found = read_documents(["-"], CorpusConfig(), Report(), stdin=stream)
        assert [text for _, text in found] == ["one", "two"]


def test_names_that_would_be_ids_of_two_files_are_kept_with_their_folders(tmp_path: Path) -> None:
    write(tmp_path, a__1_txt=b"moon", b__1_txt=b"tide", b__2_csv=b"text\noil\n", c__3_txt=b"lamp")
    a, b, c = (tmp_path / name for name in "abc")
    assert ids(read(a, b)) == ["a/1.txt", "b/1.txt", "b/2.csv:2"]
    assert ids(read(a, c)) == ["1.txt", "3.txt"]
    assert ids(read(a / "1.txt", b / "1.txt", c)) == ["a/1.txt", "b/1.txt", "c/3.txt"]
    assert ids(read(tmp_path / "*/1.txt")) == ["a/1.txt", "b/1.txt"]
    assert ids(read(a / ".." / "a", b)) == ["a/1.txt", "b/1.txt", "b/2.csv:2"]
    assert ids(read(a, a)) == ["1.txt", "1.txt"]


@pytest.mark.parametrize(("written", "typed"), [(NFC, NFD), (NFD, NFC), (NFC, NFC)])
def test_names_are_found_in_both_forms_of_unicode(tmp_path: Path, written: str, typed: str) -> None:
    write(tmp_path, **{f"{written}__{written}_txt": b"moon", "other_txt": b"tide"})
    path = f"{written}/{written}.txt"
    assert read(tmp_path, include=(f"*/{typed}*",)) == [(path, "moon")]
    assert read(tmp_path, exclude=(f"{typed}/*",)) == [("other.txt", "tide")]
    name = f"{written}.txt"
    for given in (f"{typed}/*", f"*/{typed}.txt", f"{typed}/{typed}.txt", "*/K?ln.txt"):
        (source,) = find_sources(inputs_of(tmp_path / given), Report())
        assert source.name == name
    assert ids(read(tmp_path / typed)) == [name]
    assert error_of(tmp_path / f"{typed}s") == f"{tmp_path / typed}s: no such file or folder; check the path"


@pytest.mark.parametrize(
    ("encodings", "written"),
    [
        (("utf-8", "shift_jis"), [("日本", "utf-8"), ("テスト", "shift_jis"), ("plain", "ascii")]),
        (("utf-8", "cp1252"), [("“café”", "cp1252"), ("“café”", "utf-8"), ("5 €", "cp1252")]),
        (("ascii", "koi8-r"), [("привет", "koi8-r"), ("plain", "ascii"), ("мир", "koi8-r")]),
    ],
)
@pytest.mark.parametrize("layout", ["lines", "jsonl", "tsv"])
def test_lines_of_a_file_may_be_in_several_encodings(
    encodings: tuple[str, ...], written: list[tuple[str, str]], layout: str
) -> None:
    records = {"lines": "%s\n", "jsonl": '{"text": "%s"}\n', "tsv": "x\t%s\n"}
    content = b"n\ttext\n" * (layout == "tsv")
    content += b"".join((records[layout] % text).encode(encoding) for text, encoding in written)
    found = read("-", stdin=content, format=layout, encoding=encodings)
    assert [text for _, text in found] == [text for text, _ in written]


@pytest.mark.parametrize("path", ["auto", "lines"])
def test_encodings_of_a_list_are_tried_in_turn_for_each_document(tmp_path: Path, path: str) -> None:
    texts = {"a": "café", "b": "Ärger", "c": "plain"}
    for name, encoding in (("a", "utf-8"), ("b", "latin-1"), ("c", "ascii")):
        (tmp_path / name).write_bytes(texts[name].encode(encoding))
    both = ("utf-8", "latin-1")
    assert [text for _, text in read(tmp_path, format=path, encoding=both)] == list(texts.values())
    table = tmp_path / "d.csv"
    table.write_bytes(b"text\n" + b"\n".join(text.encode("utf-8") for text in texts.values()) + b"\ncaf\xe9")
    assert [text for _, text in read(table, encoding=both)] == [*texts.values(), "café"]
    (tmp_path / "b").write_bytes("Ж".encode("koi8-r"))
    said = "not valid utf-8 or ascii at byte 0"
    assert said in error_of(tmp_path / "b", tmp_path / "a", encoding=("utf-8", "ascii"))
    report = Report()
    assert read(tmp_path / "b", encoding=("utf-8", "ascii"), on_error="replace", report=report) == [
        Text("b:1", "\ufffd")
    ]
    assert said in report.replaced[0]


def test_vocabulary_is_decoded_by_the_first_encoding_that_fits(tmp_path: Path) -> None:
    write(
        tmp_path,
        a_ldac=bag_files.ldac([{0: 1, 1: 1}]),
        a_vocab="caf\xe9\n".encode("latin-1") + "ö\n".encode(),
    )
    (chunk, *_) = [c for c in chunks(inputs_of(tmp_path, corpus=read_by("utf-8", "latin-1"))) if c and c.bag]
    assert chunk.bag.terms == ["café", "ö"]


def read_by(*encodings: str) -> CorpusConfig:
    return CorpusConfig(encoding=encodings)


def test_json_of_settings_is_told_from_texts_by_the_key(tmp_path: Path) -> None:
    write(tmp_path, a_json=json.dumps({"items": [], "data": {"body": "moon"}}).encode(), b_txt=b"tide")
    assert ids(read(tmp_path)) == ["b.txt"]
    assert read(tmp_path, text_field="data.body")[0] == ("a.json:1", "moon")
    assert "no key 'text'" in error_of(tmp_path / "a.json")


def test_what_needs_the_extra_is_left_out_of_a_folder_and_an_error_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lxml", None)
    write(tmp_path, a_html=b"<p>moon", b=b"<!DOCTYPE html><p>tide", c_txt=b"oil")
    report = Report()
    assert ids(read(tmp_path, report=report)) == ["c.txt"]
    assert report.left_out_in_words == "2 HTML pages (pip install 'lda-cli[documents]' reads it)"
    for name in ("a.html", "b"):
        assert ": is an HTML page; pip install 'lda-cli[documents]' reads it" in error_of(tmp_path / name)
