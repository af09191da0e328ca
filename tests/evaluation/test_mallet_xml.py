"""The file of MALLET's diagnostics: well-formed whatever a term is, with the twelve."""

from xml.etree import ElementTree

import pytest

from lda_cli.errors import ConfigError
from lda_cli.evaluation.evaluate import evaluate
from lda_cli.evaluation.mallet_xml import mallet_xml
from tests.helpers.files import write
from tests.helpers.models import config_of, small_model

TERM = 'a<b&"c'


def test_file_is_well_formed_and_has_the_numbers(tmp_path):
    model = small_model((TERM, "rice", "oven"), tokenizer={"pattern": r"\S+"})
    write(tmp_path, {"a.txt": f"{TERM} {TERM} oven", "b.txt": "rice oven rice", "c.txt": TERM})
    found = evaluate("m", model, config_of(training={"threads": 1}), [str(tmp_path)])
    topics = ElementTree.fromstring(mallet_xml(found).encode())
    assert [topic.get("id") for topic in topics] == ["0", "1"]
    assert [word.text for word in topics[0]] == [TERM, "rice", "oven"]
    assert set(topics[0].keys()) == {
        *("id", "tokens", "document_entropy", "word-length", "coherence", "uniform_dist", "corpus_dist"),
        *("eff_num_words", "token-doc-diff", "rank_1_docs", "allocation_ratio", "allocation_count"),
        "exclusivity",
    }
    tokens = sum(float(topic.get("tokens")) for topic in topics)
    assert tokens == pytest.approx(7, abs=1e-3)
    for topic in topics:
        for name in (
            "uniform_dist",
            "corpus_dist",
            "token-doc-diff",
        ):  # all words are in W_k
            of_words = sum(float(word.get(name)) for word in topic)
            assert of_words == pytest.approx(float(topic.get(name)), abs=1e-3)
        exclusive = sum(float(word.get("exclusivity")) for word in topic) / len(topic)
        assert exclusive == pytest.approx(float(topic.get("exclusivity")), abs=1e-3)
        assert float(topic[0].get("coherence")) == 0
        assert min(float(word.get("coherence")) for word in topic) >= float(topic.get("coherence"))
        assert float(topic[-1].get("cumulative")) == pytest.approx(1, abs=1e-4)


def test_numbers_that_are_not_defined_have_no_attribute(tmp_path):
    model = small_model(("moon", "rice"), [[1, 0], [0, 1]])
    write(tmp_path, {"a.txt": "moon", "b.txt": "moon moon"})
    found = evaluate("m", model, config_of(training={"threads": 1}), [str(tmp_path)])
    text = mallet_xml(found)
    assert "nan" not in text
    assert "rank_1_docs" not in ElementTree.fromstring(text.encode())[1]


def test_without_documents_there_is_no_file():
    with pytest.raises(ConfigError, match="give CORPUS"):
        mallet_xml(evaluate("m", small_model(), config_of()))
