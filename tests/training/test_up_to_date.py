"""When a model is up to date: what of a corpus and a config counts, and what does not."""

import os

import pytest

from lda_cli.errors import ConfigError
from lda_cli.training.train import train, up_to_date
from tests.helpers.training import N_DOCUMENTS


def test_model_is_up_to_date_after_training_and_not_before(settings):
    assert not up_to_date(settings())
    train(settings())
    assert up_to_date(settings())


def test_damaged_model_is_not_up_to_date(settings, tmp_path):
    train(settings())
    (tmp_path / "model" / "phi.npy").write_bytes(b"")
    assert not up_to_date(settings())


CHANGES = {
    "content": lambda corpus: (corpus / "00.txt").write_text("moon"),
    "one more byte": lambda corpus: (corpus / "empty.txt").write_text("\n"),
    "name": lambda corpus: (corpus / "00.txt").rename(corpus / "0.txt"),
    "one file more": lambda corpus: (corpus / "more.txt").touch(),
    "one file less": lambda corpus: (corpus / "empty.txt").unlink(),
    "moved into a folder": lambda corpus: (
        (corpus / "a").mkdir() or (corpus / "00.txt").rename(corpus / "a" / "00.txt")
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_corpus_makes_the_model_out_of_date(settings, corpus, change):
    train(settings())
    CHANGES[change](corpus)
    assert not up_to_date(settings())


def test_changed_setting_makes_the_model_out_of_date(settings):
    train(settings())
    for options in (
        {"model_topics": 3},
        {"model_alpha": 0.5},
        {"training_seed": 1},
        {"training_passes": 5},
        {"tokenizer_min_length": 4},
        {"corpus_split": {"by": "lines", "size": 1}},
        {"tokenizer_max_length": 9},
        {"tokenizer_stemming": "english"},
        {"vocabulary_stop_words": ["moon"]},
        {"vocabulary_extra_stop_words": ["moon"]},
        {"vocabulary_max_df": 0.9},
        {"inference_tolerance": 1e-5},
    ):
        assert not up_to_date(settings(**options)), options


def test_threads_times_and_hidden_files_leave_the_model_up_to_date(settings, corpus):
    train(settings())
    (corpus / ".hidden").touch()
    os.utime(corpus / "00.txt", (1, 1))
    assert up_to_date(settings(training_threads=2))


def test_model_and_config_in_the_corpus_are_no_part_of_it(settings, corpus):
    config = settings(model_path=str(corpus / "model"))
    assert train(config).n_documents == N_DOCUMENTS
    assert up_to_date(config)
    (corpus / "lda.yaml").touch()
    assert up_to_date(config)
    assert train(config, replace=True).n_documents == N_DOCUMENTS


def test_moved_folders_leave_the_model_up_to_date(settings, corpus, tmp_path):
    train(settings())
    corpus.rename(tmp_path / "moved")
    (tmp_path / "model").rename(tmp_path / "elsewhere")
    assert up_to_date(settings(model_path=str(tmp_path / "elsewhere")), [str(tmp_path / "moved")])


def test_words_of_a_stop_list_count_and_not_where_it_lies(settings, tmp_path):
    stop_words = tmp_path / "stop.txt"
    stop_words.write_text("moon\nrice\n")
    model = train(settings(vocabulary_stop_words=str(stop_words)))
    assert not {"moon", "rice"} & set(model.vocabulary)
    stop_words.rename(tmp_path / "moved.txt")
    moved = settings(vocabulary_stop_words=str(tmp_path / "moved.txt"))
    assert up_to_date(moved)
    assert up_to_date(settings(vocabulary_stop_words=["rice", "moon"]))
    (tmp_path / "moved.txt").write_text("moon\nrice\nstar\n")
    assert not up_to_date(moved)


@pytest.mark.parametrize("trained_before", [False, True])
def test_standard_input_is_never_up_to_date_but_an_error(settings, trained_before):
    # the first run from cron succeeded and the second was refused
    if trained_before:
        train(settings())
    with pytest.raises(ConfigError, match="standard input"):
        up_to_date(settings(), ["-"])
