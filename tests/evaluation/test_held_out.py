"""Scores of held-out documents: which documents, which words, and that they are not those of the training."""

import math

import numpy as np
import pytest

from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.engine.heldout import Scores
from lda_cli.errors import CorpusError
from lda_cli.evaluation.comparison import differences
from lda_cli.evaluation.evaluate import evaluate
from lda_cli.evaluation.held_out import HeldOutChoice, held_out
from lda_cli.training.train import train
from tests.helpers.files import write
from tests.helpers.models import config_of, random_model, small_model
from tests.helpers.themes import theme_documents
from tests.helpers.training import quick_config

WORDS = ("moon", "orbit", "planet", "rice", "oven", "flour")


@pytest.fixture
def texts():
    rng = np.random.default_rng(0)
    themes = [rng.dirichlet(np.full(len(WORDS), 0.3)) for _ in range(40)]
    return {f"{n:02}.txt": " ".join(rng.choice(WORDS, 30, p=theme)) for n, theme in enumerate(themes)}


def scored(model, *given, choice=HeldOutChoice(), threads=1):  # noqa: B008 (frozen)
    inputs = Inputs([str(path) for path in given], config_of(training={"threads": threads}))
    return held_out(model, inputs, choice)


def test_only_known_words_are_scored_and_the_others_counted(tmp_path):
    model = small_model(("moon", "rice"), [[0.9, 0.1], [0.2, 0.8]])
    write(tmp_path, {"a.txt": "moon moon xyzzy the", "b.txt": "xyzzy", "c.txt": "rice"})
    found = scored(model, tmp_path)
    assert (found.n_documents, found.n_without, found.n_tokens) == (3, 1, 3)
    assert found.unknown == pytest.approx(2 / 5)
    # a document of one word: E[theta] is the prior's mean
    one = scored(model, tmp_path / "c.txt")
    assert one.scores["left_to_right"].per_token()[0] == pytest.approx(math.log((0.1 + 0.8) / 2))
    assert one.scores["completion"].n_tokens.sum() == 0


def test_numbers_do_not_depend_on_threads(tmp_path, texts):
    model = random_model(WORDS, 3)
    write(tmp_path, texts)
    one, other = (scored(model, tmp_path, threads=threads) for threads in (1, 3))
    for name, scores in one.scores.items():
        assert scores.log_p.tobytes() == other.scores[name].log_p.tobytes()


def test_few_documents_or_all_twice_give_the_same_within_the_error(tmp_path, texts):
    model = random_model(WORDS, 3)
    write(tmp_path / "all", texts)
    write(tmp_path / "twice", texts | {f"again-{name}": text for name, text in texts.items()})
    write(tmp_path / "few", dict(list(texts.items())[:8]))
    whole, twice, few = (scored(model, tmp_path / name).scores for name in ("all", "twice", "few"))
    for name, scores in whole.items():
        mean, error = scores.per_token()
        assert abs(twice[name].per_token()[0] - mean) < error
        assert abs(few[name].per_token()[0] - mean) < 3 * few[name].per_token()[1]
        assert -math.log(len(WORDS)) * 1.5 < mean < 0


def test_documents_of_the_training_are_refused_by_any_path(tmp_path):
    corpus = write(tmp_path / "corpus", theme_documents())
    config = quick_config(corpus, tmp_path / "model")
    model = train(config)
    folder = next(path for path in sorted(corpus.iterdir()) if path.is_dir())
    for given in (corpus, folder, next(folder.iterdir())):
        model_of_given = model
        with pytest.raises(CorpusError, match=r"trained on .*--allow-training"):
            scored(model_of_given, given)
    assert scored(model, corpus, choice=HeldOutChoice(allow_training=True)).n_documents == 24


def test_copies_of_other_names_are_counted_not_refused(tmp_path):
    documents = theme_documents()
    corpus = write(tmp_path / "corpus", documents)
    model = train(quick_config(corpus, tmp_path / "model"))
    write(tmp_path / "new", {"copy-of-one.txt": next(iter(documents.values())), "other.txt": "moon"})
    assert scored(model, tmp_path / "new").copies == 1


def test_nothing_to_score_is_one_error(tmp_path):
    write(tmp_path, {"a.txt": "xyzzy"})
    with pytest.raises(CorpusError, match="no document has a word that the model knows"):
        scored(small_model(), tmp_path)


def test_term_without_a_topic_is_unknown(tmp_path):
    model = small_model(("moon", "rice", "void"), [[0.9, 0.1, 0], [0.2, 0.8, 0]])
    write(tmp_path, {"a.txt": "moon rice void"})
    found = scored(model, tmp_path)
    assert (found.n_tokens, found.unknown) == (2, 1 / 3)
    evaluate("m", model, config_of(training={"threads": 1}), [str(tmp_path)])


def test_models_are_compared_document_by_document_if_they_know_the_same_words(tmp_path, texts):
    write(tmp_path, texts)
    config = config_of(training={"threads": 1})

    def measured(name, model):
        return evaluate(name, model, config, [str(tmp_path)], [str(tmp_path)])

    one = measured("one", random_model(WORDS, 3))
    two = measured("two", random_model(WORDS, 3, seed=1))
    found = {each.name: each for each in differences([one, two], 0)}
    for name, scores in two.held_out.scores.items():
        first = one.held_out.scores[name]
        mean, error = Scores(scores.log_p - first.log_p, scores.n_tokens).per_token()
        assert found[name].interval.value == pytest.approx(mean)
        assert found[name].interval.high - mean == pytest.approx(1.96 * error)
    assert found["c_npmi"].interval.low <= found["c_npmi"].interval.value <= found["c_npmi"].interval.high

    fewer = measured("fewer", random_model(WORDS[:4], 3))
    (found,) = (each for each in differences([one, fewer], 0) if each.name == "left_to_right")
    assert found.interval is None
    assert "vocabularies differ" in found.reason


def test_measures_in_other_documents_are_not_compared(tmp_path, texts):
    model, config = random_model(WORDS, 3), config_of(training={"threads": 1})
    write(tmp_path / "one", texts)
    write(tmp_path / "two", texts | {"more.txt": "moon rice"})
    one, two = (evaluate(name, model, config, [str(tmp_path / name)]) for name in ("one", "two"))
    for each in differences([one, two], 0):
        assert each.interval is None
        assert "other documents" in each.reason
