"""A model that cannot be used is refused with status 4, and never altered.

Which damage is found is for tests/model and tests/trust.
"""

from pathlib import Path

from tests.helpers.command import QUICK, assert_refused, done, lda, without_packages
from tests.helpers.files import unchanged


def test_missing_model_is_refused_with_the_command_that_makes_it(tmp_path: Path) -> None:
    for command in (["inspect"], ["infer", "-"]):
        result = lda(*command, "--model", "gone.model", cwd=tmp_path)
        assert_refused(result, 4, "gone.model: there is no model", "lda-cli train --model gone.model")


def test_model_with_stems_is_refused_where_it_cannot_make_them(tmp_path: Path, corpus: Path) -> None:
    stems = ("--set", "tokenizer.stemming=english", "--set", "vocabulary.stop_words=de")
    done(lda("train", corpus, *QUICK, *stems, cwd=tmp_path))
    without = without_packages(tmp_path / "blocking", "stopwordsiso", "Stemmer")
    with unchanged(tmp_path):
        result = lda("infer", corpus, "-o", "out.jsonl", cwd=tmp_path, env=without)
        assert_refused(result, 4, "the model", "'english'", 'pip install "lda-cli[stemming]"')
        assert done(lda("inspect", cwd=tmp_path, env=without)) == done(lda("inspect", cwd=tmp_path))
