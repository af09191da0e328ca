"""Standard input of any bytes: documents and topics, or an error of one line."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lda_cli.cli import records
from lda_cli.config import load_config
from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.errors import ConfigError, CorpusError
from lda_cli.inference import infer_documents
from lda_cli.training.train import train
from tests.helpers.failing import message_of
from tests.helpers.models import config_of, small_model

CHOICE = records.Choice(3, 0.0, True)
LIKE_TEXT = {
    "lines": b"moon rice\n\xc3\xa9 orbit\r\nmoon",
    "jsonl": b'{"text": "moon rice", "n": 1}\n\n{"n": "x", "text": "\\ud83d\\ude00 orbit"}\n',
    "json": b'[{"text": "moon", "n": 1},\n{"n": "x", "text": "\\ud83d\\ude00 orbit"}, {"text": null}]',
    "csv": b'text,n\n"moon, ""rice""\norbit",1\nmoon,2\n',
    "tsv": b"n\ttext\n1\tmoon rice\n2\torbit\n",
    "mallet": b"a  en moon rice\nb\tde\torbit\n",
    "folder": b"moon \xe2\x80\xae rice",
}


def altered(content: bytes, draw: st.DrawFn) -> bytes:
    """Draw other bytes in the place of a few, or cut some out, or repeat some."""
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(content)))
        end = min(begin + draw(st.integers(0, 9)), len(content))
        instead = draw(st.binary(max_size=9) | st.just(2 * content[begin:end]))
        content = content[:begin] + instead + content[end:]
    return content


@given(
    layout=st.sampled_from(list(LIKE_TEXT)),
    on_error=st.sampled_from(["fail", "skip", "replace"]),
    encoding=st.sampled_from(
        ["utf-8", "latin-1", "utf-16", "utf-32", "utf-7", "shift_jis", "cp1252", "utf-8-sig"]
    ),
    by=st.sampled_from([None, None, "lines", "paragraphs", "tokens"]),
    has_ids=st.booleans(),
    has_header=st.booleans(),
    data=st.data(),
)
def test_any_standard_input_is_inferred_or_refused(
    layout: str,
    on_error: str,
    encoding: str,
    by: str | None,
    has_ids: bool,
    has_header: bool,
    data: st.DataObject,
) -> None:
    content = data.draw(st.binary(max_size=60) | st.just(altered(LIKE_TEXT[layout], data.draw)))
    corpus = {"format": layout, "on_error": on_error, "encoding": encoding}
    corpus |= {"split": {"by": by, "size": 1}} if by else {}
    corpus |= {"id_field": "n"} if has_ids else {}
    corpus |= {} if has_header else {"header": False, "text_field": 1, "id_field": 2 if has_ids else None}
    stream = io.StringIO()
    write = records.jsonl_writer(stream, CHOICE)
    config = config_of(corpus=corpus, training={"threads": 1})
    with message_of((CorpusError, ConfigError)) as messages:
        inputs = Inputs(["-"], config, io.BytesIO(content))
        for document, topics in infer_documents(small_model(), inputs, words=True):
            write(document, topics)
            assert all(document.text[word.start : word.end].lower() == word.term for word in topics.words)
    assert all(message.isprintable() and len(message) < 1000 for message in messages)
    for line in stream.getvalue().split("\n")[:-1]:
        assert line.isprintable()
        assert json.loads(line)["id"]


@settings(max_examples=20)
@given(content=st.binary(max_size=80), layout=st.sampled_from(["lines", "mallet", "folder"]))
def test_any_standard_input_is_trained_on_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, layout: str
) -> None:
    model = tmp_path_factory.getbasetemp() / "any" / "model"
    options = {
        **{"model.path": str(model), "model.topics": 2, "training.passes": 3, "training.threads": 1},
        **{"vocabulary.min_df": 1, "vocabulary.max_df": 1.0, "corpus.format": layout, "corpus.cache": "none"},
        **{"corpus.on_error": "replace", "tokenizer.min_length": 1, "tokenizer.pattern": "[^ ]"},
    }
    config = load_config(options=options, environ={})
    with message_of((CorpusError, ConfigError)) as messages:
        trained = train(config, ["-"], replace=True, stdin=io.BytesIO(content))
        assert trained.phi.shape == (2, len(trained.vocabulary))
    assert all(message.isprintable() for message in messages)
