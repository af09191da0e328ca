"""The Python API, as the first lines of the package show it."""

import subprocess
import sys

import pytest

import lda_cli

PUBLIC = {"Config", "Model", "__version__", "load", "load_config", "train"}


@pytest.fixture
def config_file(tmp_path):
    (tmp_path / "texts").mkdir()
    for n in range(6):
        (tmp_path / "texts" / f"{n}.txt").write_text(["moon orbit comet moon", "rice onion butter"][n % 2])
    path = tmp_path / "lda.yaml"
    path.write_text(
        "corpus: {path: texts}\nvocabulary: {min_df: 1}\n"
        "model: {path: out, topics: 2}\ntraining: {passes: 4}\n"
    )
    return path


def test_what_the_docstring_shows_works(config_file):
    config = lda_cli.load_config(config_file, environ={})
    trained = lda_cli.train(config)
    loaded = lda_cli.load(config_file.parent / "out")
    assert isinstance(loaded, lda_cli.Model)
    assert isinstance(config, lda_cli.Config)
    assert [list(found.theta) for found in loaded.infer(["the moon"])] == [
        list(found.theta) for found in trained.infer(["the moon"])
    ]
    assert {term for topic in loaded.topics(top=10) for term, _ in topic.words} == set(trained.vocabulary)


def test_public_names_are_listed_and_there():
    assert set(lda_cli.__all__) == PUBLIC
    assert set(dir(lda_cli)) >= PUBLIC
    for name in PUBLIC:
        assert getattr(lda_cli, name)


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'lda_cli' has no attribute 'trian'"):
        lda_cli.trian  # noqa: B018


@pytest.mark.parametrize("statement", ["import lda_cli", "import lda_cli; lda_cli.load_config(environ={})"])
def test_neither_import_nor_config_waits_for_numpy(statement):
    program = f"import sys; {statement}; sys.exit('numpy' in sys.modules or 'scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
