"""New documents through a model, as a stream: order, places, what was skipped, memory."""

import io
from itertools import islice

import pytest

from lda_cli.corpus.documents import chunks as dividing
from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.corpus.inputs.report import Report
from lda_cli.errors import CorpusError
from lda_cli.inference import counted, infer_documents
from lda_cli.model.model import CHUNK_DOCUMENTS
from tests.helpers.models import config_of, small_model

ONE_THREAD = {"training": {"threads": 1}}


def infer(*inputs, report=None, stdin=None, words=False, **config):
    return infer_documents(
        small_model(),
        Inputs([str(given) for given in inputs], config_of(**(ONE_THREAD | config)), stdin),
        words=words,
        report=report,
    )


@pytest.fixture
def folder(tmp_path):
    for name, text in {"b.txt": "moon", "a/c.txt": "rice rice sun", "d.txt": ""}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_each_document_comes_with_its_topics(folder):
    found = [(document.id, topics.tokens, topics.unknown) for document, topics in infer(folder)]
    assert found == [("a/c.txt", 2, 1), ("b.txt", 1, 0), ("d.txt", 0, 0)]


def test_counts_of_new_documents_are_of_the_terms_of_the_model(folder):
    model = small_model()
    inputs = Inputs([str(folder)], config_of(**ONE_THREAD))
    ((documents, texts),) = counted(model, inputs)
    assert [document.id for document in documents] == ["a/c.txt", "b.txt", "d.txt"]
    terms = [
        {model.vocabulary[term]: count for term, count in zip(row.indices, row.data, strict=True)}
        for row in (texts.rows.part(d, d + 1) for d in range(3))
    ]
    assert terms == [{"rice": 2}, {"moon": 1}, {}]
    assert texts.unknown.tolist() == [1, 0, 0]


def test_inputs_come_in_the_order_given(folder):
    ids = [document.id for document, _ in infer(folder / "d.txt", folder / "a", folder / "b.txt")]
    assert ids == ["d.txt", "c.txt", "b.txt"]  # several files are a document each


def test_standard_input_is_a_document_a_line():
    found = list(infer("-", stdin=io.BytesIO(b"moon\n\nrice moon"), words=True))
    assert [document.id for document, _ in found] == ["stdin:1", "stdin:2", "stdin:3"]
    assert [[word.term for word in topics.words] for _, topics in found] == [["moon"], [], ["rice", "moon"]]


def test_order_holds_over_many_chunks(tmp_path):
    n = 2 * CHUNK_DOCUMENTS + 5
    lines = tmp_path / "lines"
    lines.write_text("".join("moon " * (number % 89) + "\n" for number in range(n)))
    for threads in (1, 3):
        found = list(infer(lines, training={"threads": threads}))
        assert [document.id for document, _ in found] == [f"lines:{number + 1}" for number in range(n)]
        assert [topics.tokens for _, topics in found] == [number % 89 for number in range(n)]


class EndlessLines(io.RawIOBase):
    """A stream that never ends, and counts what was taken from it."""

    def __init__(self):
        self.n_bytes = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        line = b"moon rice\n"
        buffer[: len(line)] = line
        self.n_bytes += len(line)
        return len(line)


def test_a_stream_without_end_is_read_only_as_far_as_its_results_are_taken(monkeypatch):
    monkeypatch.setattr(dividing, "CHUNK_BYTES", 1 << 12)
    stream = EndlessLines()
    found = infer("-", stdin=stream)
    assert stream.n_bytes == 0
    ids = [document.id for document, _ in islice(found, 3)]
    assert ids == ["stdin:1", "stdin:2", "stdin:3"]
    ahead = stream.n_bytes
    assert len(list(islice(found, 4 * CHUNK_DOCUMENTS))) == 4 * CHUNK_DOCUMENTS
    assert 0 < ahead < stream.n_bytes < 10 * 6 * CHUNK_DOCUMENTS + (1 << 17)
    found.close()


def test_what_was_skipped_is_reported(folder):
    (folder / "bad.txt").write_bytes(b"\xff\xfe moon")
    report = Report()
    found = list(infer(folder, report=report, corpus={"on_error": "skip"}))
    assert len(found) == 3
    assert (report.n_skipped, report.n_replaced) == (1, 0)


@pytest.mark.parametrize("threads", [1, 3])
def test_documents_before_a_bad_one_come_before_its_error(folder, threads):
    lines = folder / "lines"
    lines.write_bytes(b"moon\n" * 5000 + b"rice\n\xff\nmoon\n")
    found = infer(lines, training={"threads": threads})
    assert len(list(islice(found, 5001))) == 5001
    with pytest.raises(CorpusError, match="lines:5002: not valid utf-8"):
        next(found)
