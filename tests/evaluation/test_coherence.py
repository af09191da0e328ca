"""Coherence of a model in a corpus: what is counted of files, lines and bags of words."""

import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from lda_cli.corpus.documents import chunks as dividing
from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.corpus.inputs.report import Report
from lda_cli.corpus.terms.phrases import Phrases
from lda_cli.engine.coherence_measures import MEASURES, SIZES, coherence
from lda_cli.engine.windows import WHOLE_DOCUMENTS, WindowCounter
from lda_cli.errors import CorpusError
from lda_cli.evaluation.coherence import coherences, topic_words
from lda_cli.training.train import train
from tests.helpers.files import write
from tests.helpers.models import config_of, random_model, small_model
from tests.helpers.training import quick_config

WORDS = ("moon", "orbit", "planet", "rice", "oven", "flour", "pepper", "anchor")
OVER_DOCUMENTS = {name for name, measure in MEASURES.items() if measure.window == WHOLE_DOCUMENTS}


def measured(model, given, *, stdin=None, threads=1, report=None, **options):
    inputs = Inputs([str(given)], config_of(training={"threads": threads}), stdin)
    return coherences(model, inputs, report=report, **options)


@pytest.fixture
def texts():
    """Of known, unknown, short and stop words; some empty, some longer than a window."""
    rng = random.Random(0)
    words = [*WORDS, "the", "a", "sun", "Moon"]
    return [" ".join(rng.choices(words, k=rng.choice([0, 1, 8, 40, 200]))) for _ in range(60)]


def test_windows_hold_every_token_of_the_texts(tmp_path, texts):
    model = random_model(WORDS)
    write(tmp_path, {f"{number:02}.txt": text for number, text in enumerate(texts)})
    found = measured(model, tmp_path)

    tokens = [[WORDS.index(word) if word in WORDS else -1 for word in text.lower().split()] for text in texts]
    topics = topic_words(model, 10)
    starts = np.cumsum([0, *map(len, tokens)])
    counts = WindowCounter(topics, SIZES).count(np.concatenate(tokens).astype(np.int32), starts)
    assert found.n_documents == sum(map(bool, tokens))
    assert list(found.measures) == list(MEASURES)
    for name, of_topics in found.measures.items():
        assert of_topics == coherence(name, counts, SIZES, [len(WORDS)] * 2)


@pytest.mark.parametrize("layout", ["files", "lines"])
def test_number_of_processes_and_of_chunks_changes_no_digit(tmp_path, monkeypatch, texts, layout):
    model = random_model(WORDS, 3)
    if layout == "files":
        given = write(tmp_path / "c", {f"{number:02}.txt": text for number, text in enumerate(texts)})
    else:
        given = write(tmp_path, {"lines.txt": "\n".join(texts)}) / "lines.txt"
        model = replace(model, unit="line")
    whole = measured(model, given)
    monkeypatch.setattr(dividing, "CHUNK_BYTES", 500)
    assert measured(model, given) == measured(model, given, threads=3) == whole


def test_npmi_in_the_training_corpus_is_that_of_the_model(tmp_path, texts):
    write(tmp_path / "c", {f"{number:02}.txt": text for number, text in enumerate(texts)})
    config = quick_config(tmp_path / "c", tmp_path / "model")
    model = train(config)
    found = coherences(model, Inputs.of(config))
    assert found.measures["npmi"].values == model.npmi


def test_phrase_is_one_token_and_its_windows_are_those_of_joined_words(tmp_path):
    terms = ["new_york", "moon", "rice"]
    plain = small_model(terms, tokenizer={"pattern": r"\w+"})
    joining = replace(plain, phrases=Phrases((("new", "york"),), 2))
    text = "New York moon. rice new. york " + "sun " * 9 + "rice new york"
    assert joining.known.sequences([text, "", "moon new"]).numbers[[0, 1, 2, 3, 4, -1]].tolist() == [
        0,
        1,
        2,
        -1,
        -1,
        -1,
    ]
    assert joining.known.sequences([text, "", "moon new"]).starts.tolist() == [0, 16, 16, 18]
    spaced = measured(joining, write(tmp_path / "spaced", {"a.txt": text}))
    joined = measured(
        plain, write(tmp_path / "joined", {"a.txt": text.lower().replace("new york", "new_york")})
    )
    assert spaced.measures == joined.measures


def test_bag_of_words_has_only_the_measures_over_documents(tmp_path, texts):
    model = random_model(WORDS)
    counts = [Counter(word for word in text.lower().split() if word in WORDS) for text in texts]
    counts = [count for count in counts if count]
    lines = [" ".join([str(len(c)), *(f"{WORDS.index(w)}:{n}" for w, n in c.items())]) for c in counts]
    write(tmp_path / "bag", {"corpus.ldac": "\n".join(lines) + "\n", "vocab.txt": "\n".join(WORDS) + "\n"})
    write(tmp_path / "texts", {f"{n:02}.txt": " ".join(c.elements()) for n, c in enumerate(counts)})
    bag = measured(model, tmp_path / "bag" / "corpus.ldac")
    plain = measured(model, tmp_path / "texts")
    assert bag.measures == {name: plain.measures[name] for name in MEASURES if name in OVER_DOCUMENTS}
    assert bag.n_documents == plain.n_documents == len(counts)


def test_word_that_no_document_has_is_missing(tmp_path):
    write(tmp_path, {"a.txt": "moon orbit sun", "b.txt": "moon", "c.txt": "orbit moon"})
    found = measured(small_model(), tmp_path)
    for of_topics in found.measures.values():
        assert of_topics == ((None, None), (1, 1))  # one pair of three is left


def test_several_numbers_of_words_are_averaged(tmp_path, texts):
    model = random_model(WORDS)
    write(tmp_path, {f"{number:02}.txt": text for number, text in enumerate(texts)})
    both = measured(model, tmp_path, n_words=(3, 6)).measures["c_v"]
    one, other = (measured(model, tmp_path, n_words=(n,)).measures["c_v"] for n in (3, 6))
    for t in range(2):
        assert both.values[t] == pytest.approx((one.values[t] + other.values[t]) / 2)


def test_topic_without_tokens_has_no_words_and_no_coherence(tmp_path):
    model = replace(small_model(), topic_counts=np.array([0.0, 5.0]))
    assert [len(words) for words in topic_words(model, 10)] == [0, 3]
    write(tmp_path, {"a.txt": "moon orbit rice"})
    for of_topics in measured(model, tmp_path).measures.values():
        assert of_topics.values[0] is None
        assert of_topics.values[1] is not None


def test_imported_model_without_counts_has_words_in_every_topic():
    model = replace(small_model(), topic_counts=np.zeros(2))
    assert [len(words) for words in topic_words(model, 2)] == [2, 2]


def test_what_is_skipped_or_repeated_is_reported_and_errors_come_through(tmp_path):
    write(tmp_path, {"a.csv": "id,text\n1,moon\n1,rice\n"})
    report = Report()
    inputs = Inputs([str(tmp_path / "a.csv")], config_of(corpus={"id_field": "id"}, training={"threads": 1}))
    coherences(small_model(), inputs, report=report)
    assert report.repeated == ["1"]
    write(tmp_path, {"b.txt": b"moon \xff\xfe\xfa"})
    with pytest.raises(CorpusError, match=r"b\.txt"):
        measured(small_model(), tmp_path / "b.txt")
