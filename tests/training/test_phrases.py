"""Phrases from the config to inference: alike for any number of processes, and known the second time."""

import random

import pytest

from lda_cli.corpus.documents import chunks as dividing
from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.errors import ConfigError
from lda_cli.inference import infer_documents
from lda_cli.model import store
from lda_cli.training import events
from lda_cli.training.train import train, up_to_date
from tests.helpers.models import config_of
from tests.helpers.training import Told

N_LINES = 300


def documents_read(told):
    """How many documents were read in each pass over the corpus: the last report of each."""
    passes = [0]
    for event in told:
        if isinstance(event, events.DocumentsRead):
            passes[-1] = event.n_documents
        elif isinstance(event, events.PhrasesLearned):
            passes.append(0)
    return passes


def files_read(told):
    """How many files were not known from the cache."""
    ((_, reading),) = [event for event in told if isinstance(event, events.CorpusRead)]
    return reading.n_read


@pytest.fixture
def lines(tmp_path, monkeypatch):
    """Lines of words that are often, and of names that are always, side by side."""
    monkeypatch.setattr(dividing, "CHUNK_BYTES", 1000)
    rng = random.Random(0)
    units = ["New York", "san francisco bay", "of", "the", "moon", "tide", "rice", "oven", "Über", "bay"]
    texts = [" ".join(rng.choices(units, k=rng.randrange(30))) for _ in range(N_LINES)]
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(texts), encoding="utf-8")
    return path


@pytest.fixture
def settings(lines, tmp_path):
    """A function that makes a config: settings(max_words=3, threads=2)."""

    def config(model="model", threads=1, **phrases):
        return config_of(
            corpus={"path": str(lines), "format": "lines"},
            vocabulary={"max_df": 1.0, "phrases": {"max_words": 2, **phrases}},
            model={"path": str(tmp_path / model), "topics": 2},
            training={"passes": 3, "threads": threads},
        )

    return config


def test_number_of_processes_changes_no_byte(settings, lines, tmp_path):
    names = ("phi.npy", "vocabulary.txt", "phrases.txt", "term_counts.npy", "theta.npy")
    found = []
    for threads in (1, 3):
        config = settings(f"model{threads}", threads, max_words=3)
        model = train(config)
        assert up_to_date(config)
        words = [
            topics.words for _, topics in infer_documents(model, Inputs([str(lines)], config), words=True)
        ]
        found.append(([(tmp_path / f"model{threads}" / name).read_bytes() for name in names], words))
    assert found[0] == found[1]
    assert model.phrases.pairs == (("francisco", "bay"), ("new", "york"), ("san", "francisco"))
    assert {term for term in model.vocabulary if "_" in term} == {"new_york", "san_francisco_bay"}


def test_inference_finds_just_what_was_counted(settings, lines):
    config = settings(max_words=3)
    model = train(config)
    counts = dict.fromkeys(model.vocabulary, 0)
    for document, topics in infer_documents(
        store.load(config.model.path), Inputs([str(lines)], config), words=True
    ):
        assert topics.unknown == 0
        for word in topics.words:
            counts[word.term] += 1
            assert document.text[word.start : word.end].lower().replace(" ", "_") == word.term
    assert list(counts.values()) == model.term_counts[:, 0].tolist()


def test_second_training_reads_nothing_and_makes_the_same_model(settings):
    models, told = [], [Told(), Told()]
    for progress in told:
        models.append(train(settings(), replace=True, report=progress))
    assert list(map(documents_read, told)) == [[N_LINES, N_LINES], [0, 0]]
    assert list(map(files_read, told)) == [1, 0]
    assert told[0].of(events.PhrasesLearned) == told[1].of(events.PhrasesLearned) == [3]
    assert models[0].phi.tobytes() == models[1].phi.tobytes()
    assert models[0].phrases == models[1].phrases


def test_corpus_that_grew_is_counted_in_part_where_its_phrases_are_the_same(settings, lines, tmp_path):
    (tmp_path / "new.txt").write_text("moon tide")
    inputs = [str(lines), str(tmp_path / "new.txt")]
    train(settings(), inputs)
    for text, n_read in {"moon tide rice": 1, "oil lamp the " * 20: 2}.items():
        (tmp_path / "new.txt").write_text(text)
        progress = Told()
        train(settings(), inputs, replace=True, report=progress)
        assert documents_read(progress)[0] == N_LINES + 1
        assert files_read(progress) == n_read
    assert progress.of(events.PhrasesLearned) == [4]


def test_longer_phrases_are_counted_anew_and_not_learned_anew(settings):
    train(settings())
    progress = Told()
    train(settings(max_words=3), replace=True, report=progress)
    assert documents_read(progress) == [0, N_LINES]


def test_standard_input_is_refused_before_anything_is_written(settings, tmp_path):
    before = set(tmp_path.iterdir())
    with pytest.raises(
        ConfigError, match=r"^standard input: phrases .* or set vocabulary\.phrases\.max_words to 1$"
    ):
        train(settings(), ["-"])
    assert set(tmp_path.iterdir()) == before


def test_texts_that_change_between_learning_and_counting_make_no_model_that_is_up_to_date(settings, lines):
    class Changes(Told):
        def __call__(self, event):
            super().__call__(event)
            if isinstance(event, events.PhrasesLearned):
                lines.write_text("york court new rail\n" * N_LINES)

    config, progress = settings(), Changes()
    train(config, report=progress)
    assert any("files changed during training" in message for message in progress.of(events.Warned))
    assert up_to_date(config) is None
    train(config, replace=True)
    assert up_to_date(config) is not None
