"""Terms, names and texts that hold what may steer a terminal: never shown raw, in whatever format."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lda_cli.cli import records, tables
from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.inference import infer_documents
from lda_cli.model.model import Model
from tests.helpers.models import config_of, random_model, small_model

# an escape sequence that clears the screen, bidirectional marks, a line separator, a carriage return
HOSTILE = [
    "\x1b[2J",
    "a\u202etxt.exe",
    "b\u2066c\u2069",
    "d\u2028e",
    "f\rg",
    "h\x9b31m",
    "i\u200bj",
    "\ufeffk",
]
CHOICE = records.Choice(None, 0.0, False)


def shown(text: str) -> bool:
    """Whether all of it may be shown: what stands between its line ends and tabs is printable."""
    return text.replace("\n", "").replace("\t", "").isprintable()


@pytest.fixture(scope="module")
def model() -> Model:
    return random_model(HOSTILE, tokenizer={"pattern": ".+", "lowercase": False, "min_length": 1})


@pytest.mark.parametrize("form", tables.FORMATS)
def test_terms_are_inspected_without_raw_characters(model: Model, form: str) -> None:
    topics = model.topics(top=9)
    uses = {term: model.term_topics(term) for term in HOSTILE}
    for table in (tables.of_topics(topics), tables.of_terms(uses, topics, only=[], top=9)):
        text = tables.FORMATS[form](table)
        assert shown(text)
        assert "u202e" in text


def written(model: Model, path: Path, form: str, **corpus: object) -> str:
    stream = io.StringIO()
    words = form.endswith("words")
    choice = CHOICE._replace(words=words)
    write = (
        records.markup_writer(stream, model, choice)
        if form == "markup"
        else records.WRITERS[form.removesuffix(" words")](stream, choice)
    )
    config = config_of(corpus=corpus, training={"threads": 1})
    for document, topics in infer_documents(
        model, Inputs([str(path)], config), words=words or form == "markup"
    ):
        write(document, topics)
    return stream.getvalue()


FORMS = [*records.WRITERS, *(f"{form} words" for form in records.WRITERS), "markup"]


@pytest.mark.parametrize("form", FORMS)
def test_ids_and_words_are_written_without_raw_characters(tmp_path: Path, model: Model, form: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"id": term + "\t\n", "text": term}) + "\n" for term in HOSTILE))
    text = written(model, path, form, id_field="id")
    assert shown(text)
    assert "u202e" in text


@settings(max_examples=10)  # `make fuzz` makes more
@given(st.text(min_size=1), st.text())
def test_any_id_of_any_text_is_written_on_lines_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, name: str, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_text(json.dumps({"id": name, "text": f"moon {text}"}) + "\n")
    model = small_model()
    for form in FORMS:
        assert shown(written(model, path, form, id_field="id"))
