"""Metadata in a training: from the inputs to the model, through the cache, and from a stopped run."""

import json
from pathlib import Path

import pytest

import lda_cli
from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.corpus.inputs.report import Report
from lda_cli.errors import CorpusError, ModelError
from lda_cli.inference import infer_documents
from lda_cli.model import store
from lda_cli.training import events
from lda_cli.training.train import train, up_to_date
from tests.helpers.models import reseal
from tests.helpers.training import WORDS, Told, quick_config

TEXTS = {
    "1812/austen/a.txt": WORDS[0],
    "1812/austen/b.txt": WORDS[1],
    "1850/dickens/c.txt": f"{WORDS[0]}\n{WORDS[1]}",
    "notes.txt": WORDS[1],
}
PATTERN = r"(?P<year>\d{4})/(?P<author>[^/]+)"


@pytest.fixture
def folder(tmp_path):
    for name, text in TEXTS.items():
        path = tmp_path / "texts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "m.csv").write_text("id,place,when\nnotes.txt,Bath,1811-05\n1812/austen/a.txt,,1811\nx,y,\n")
    return tmp_path


@pytest.fixture
def config(folder):
    return lambda **options: quick_config(folder / "texts", folder / "model", **options)


def rows_of(config):
    return list(store.load(config.model.path).documents.metadata())


def ids_of(config):
    return (Path(config.model.path) / "documents.txt").read_text().splitlines()


def test_table_and_pattern_are_in_the_model_in_the_order_of_the_documents(config, folder):
    told = Told()
    joined = config(corpus_metadata=str(folder / "m.csv"), corpus_metadata_pattern=PATTERN)
    model = train(joined, report=told)
    assert dict(zip(ids_of(joined), rows_of(joined), strict=True)) == {
        "1812/austen/a.txt": {"place": None, "when": "1811", "year": 1812, "author": "austen"},
        "1812/austen/b.txt": {"place": None, "when": None, "year": 1812, "author": "austen"},
        "1850/dickens/c.txt": {"place": None, "when": None, "year": 1850, "author": "dickens"},
        "notes.txt": {"place": "Bath", "when": "1811-05", "year": None, "author": None},
    }
    types = {"place": "text", "when": "date", "year": "number", "author": "text"}
    assert model.metadata_types == lda_cli.load(joined.model.path).metadata_types == types
    assert json.loads((folder / "model/model.json").read_text())["metadata"] == types
    (read,) = [event for event in told if isinstance(event, events.CorpusRead)]
    assert read.reading.report.notes == [
        f"{folder}/m.csv: 2 of 4 documents have no row, first: 1812/austen/b.txt, 1850/dickens/c.txt",
        f"{folder}/m.csv: 1 of 3 rows have no document, first: x",
        "corpus.metadata_pattern: 1 of 4 ids do not match, first: notes.txt",
    ]
    assert store.verify(joined.model.path).keys() >= {"metadata.jsonl"}


def test_parts_carry_the_metadata_of_their_document(config, folder):
    table = str(folder / "m.csv")
    by_line = {"by": "lines", "size": 1}
    split = config(corpus_metadata=table, corpus_metadata_pattern=PATTERN, corpus_split=by_line)
    train(split)
    found = dict(zip(ids_of(split), rows_of(split), strict=True))
    assert found["1850/dickens/c.txt#1"] == found["1850/dickens/c.txt#2"]
    assert found["1850/dickens/c.txt#2"]["author"] == "dickens"
    assert found["notes.txt#1"]["place"] == "Bath"


def test_table_in_the_corpus_is_no_document(config, folder):
    (folder / "m.csv").rename(folder / "texts/m.csv")
    joined = config(corpus_metadata=str(folder / "texts/m.csv"))
    train(joined)
    assert ids_of(joined) == sorted(TEXTS)


def test_model_without_metadata_has_no_file_of_it(config, folder):
    model = train(config())
    assert model.metadata_types == {}
    assert not (folder / "model/metadata.jsonl").exists()
    assert rows_of(config()) == []


def test_changed_table_or_pattern_trains_again_without_reading_the_corpus(config, folder, monkeypatch):
    monkeypatch.setattr("lda_cli.corpus.counts.cache._TOO_FRESH", -(10**18))
    joined = config(corpus_metadata=str(folder / "m.csv"))
    train(joined)
    assert up_to_date(joined)
    assert not up_to_date(config())
    assert not up_to_date(config(corpus_metadata=str(folder / "m.csv"), corpus_metadata_pattern=PATTERN))
    (folder / "m.csv").write_text("id,place\nnotes.txt,Bonn\n")
    assert not up_to_date(joined)
    told = Told()
    train(joined, report=told, replace=True)
    (read,) = [event for event in told if isinstance(event, events.CorpusRead)]
    assert (read.reading.n_files, read.reading.n_read) == (4, 0)
    assert rows_of(joined)[-1] == {"place": "Bonn"}
    (folder / "m.csv").rename(folder / "moved.csv")
    assert up_to_date(config(corpus_metadata=str(folder / "moved.csv")))
    with pytest.raises(CorpusError, match=r"m\.csv: cannot be read"):
        up_to_date(joined)


@pytest.fixture
def records(tmp_path):
    lines = [{"text": WORDS[n % 2], "n": n, "by": {"name": f"author {n // 3}"}} for n in range(9)]
    path = tmp_path / "records.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def of_records(records, **options):
    given = {"corpus_metadata_fields": ["n", "by.name"]} | options
    return quick_config(records, records.parent / "model", **given)


def test_fields_go_through_the_cache(records, monkeypatch):
    monkeypatch.setattr("lda_cli.corpus.counts.cache._TOO_FRESH", -(10**18))
    expected = [{"n": n, "by.name": f"author {n // 3}"} for n in range(9)]
    for n_read in (1, 0):
        told = Told()
        train(of_records(records), report=told, replace=True)
        (read,) = [event for event in told if isinstance(event, events.CorpusRead)]
        assert read.reading.n_read == n_read
        assert rows_of(of_records(records)) == expected
    split = of_records(records, corpus_split={"by": "tokens", "size": 3})
    train(split, replace=True)
    assert [row["n"] for row in rows_of(split)] == [n for n in range(9) for _ in range(3)]


def test_field_that_no_record_has_is_refused_with_those_there_are(records):
    with pytest.raises(CorpusError) as error:
        train(of_records(records, corpus_metadata_fields=["n", "yaer"]))
    expected = f"no record has 'yaer'; the first of {records} has 'text', 'n', 'by'"
    assert str(error.value) == f"corpus.metadata_fields: {expected}"


def test_field_of_plain_text_is_refused(config):
    with pytest.raises(CorpusError, match=r"no record has 'year'; name columns of a table or keys of JSON"):
        train(config(corpus_metadata_fields=["year"]))


def test_new_documents_have_every_field_of_the_model_with_its_type(records, tmp_path):
    fields = ["n", "by.name"]
    model = train(of_records(records, corpus_metadata=str(write_table(tmp_path, "records.jsonl:1,4.5"))))
    new = tmp_path / "new.csv"
    new.write_text("text,n,extra\nmoon,08,x\nrice,12,y\n")
    loaded = lda_cli.load(tmp_path / "model")
    assert loaded.config.corpus.metadata is None  # a model names no file to open

    def inferred(config):
        return [document.metadata for document, _ in infer_documents(loaded, Inputs.of(config, [str(new)]))]

    expected = [{"n": "08", "by.name": None, "score": None}, {"n": 12, "by.name": None, "score": None}]
    assert inferred(loaded.config) == expected
    table = write_table(tmp_path, "new.csv:3,7")
    own = of_records(records, corpus_metadata_fields=[*fields, "extra"], corpus_metadata=str(table))
    assert inferred(own) == [expected[0] | {"extra": "x"}, expected[1] | {"extra": "y", "score": 7}]
    report = Report()
    list(infer_documents(model, Inputs.of(own, [str(new)]), report=report))
    assert report.notes == [f"{table}: 1 of 2 documents have no row, first: new.csv:2"]


def write_table(folder, *rows):
    (folder / "m.csv").write_text("\n".join(["id,score", *rows]))
    return folder / "m.csv"


@pytest.mark.parametrize(
    "lines",
    [
        ['{"n": 1, "by.name": "x"}'],
        ['{"n": "1", "by.name": "x"}'] * 9,
        ['{"n": true, "by.name": "x"}'] * 9,
        ['{"by.name": "x", "n": 1}'] * 9,
        ['{"n": 1}'] * 9,
        ["[]"] * 9,
    ],
    ids=["few", "a text", "a truth", "another order", "a field less", "no object"],
)
def test_metadata_that_are_not_as_described_are_found_by_verify(records, lines):
    config = of_records(records)
    train(config)
    path = Path(config.model.path) / "metadata.jsonl"
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(ModelError, match=r"metadata\.jsonl: the model is damaged, its bytes do not match"):
        rows_of(config)
    reseal(path.parent)
    store.load(path.parent)
    with pytest.raises(ModelError, match=r"metadata\.jsonl: the model is damaged"):
        store.verify(path.parent)


def test_metadata_come_from_one_model_while_it_is_replaced(records):
    config = of_records(records)
    train(config)
    rows = store.load(config.model.path).documents.metadata()
    first = next(rows)
    train(of_records(records, corpus_metadata_fields=["by.name"]), replace=True)
    assert [first, *rows] == [{"n": n, "by.name": f"author {n // 3}"} for n in range(9)]
    assert rows_of(config)[0] == {"by.name": "author 0"}
