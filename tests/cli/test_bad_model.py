"""A model that is missing, damaged or of a newer format is refused with status 4, and never altered."""

import json
import shutil
from pathlib import Path

import pytest

from .conftest import QUICK, assert_refused, done, lda, unchanged, without_packages, write

FILES = [
    *("model.json", "phi.npy", "vocabulary.txt", "term_counts.npy"),
    *("topic_counts.npy", "topics.json", "documents.txt", "theta.npy", "history.jsonl"),
]
# a place in model.json, by the text that it follows, whose next byte is altered
REGIONS = [
    *("{", '"format": ', '"lda_cli": "', '"terms": ', '"alpha": [\n    ', '"corpus_fingerprint": "'),
    *('"pattern": "', '"phi.npy": "', '  "sha256_of', '"sha256_of_the_above": "', "\n}"),
]


def altered(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        *((name, damage) for name in FILES for damage in ("truncated", "altered")),
        *(("model.json", "missing"), ("theta.npy", "missing")),
    ],
)
def test_damaged_file_is_refused_by_name(tmp_path: Path, model: Path, name: str, damage: str) -> None:
    content = (model / name).read_bytes()
    (model / name).unlink()
    changed = {
        "truncated": content[:-1],
        "altered": altered(content, len(content) // 2),
    }
    if damage in changed:
        (model / name).write_bytes(changed[damage])
    with unchanged(tmp_path):
        assert_refused(lda("inspect", "--model", model, cwd=tmp_path), 4, str(model), name)


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_of_the_description_is_guarded(tmp_path: Path, model: Path, region: str) -> None:
    description = model / "model.json"
    content = description.read_bytes()
    description.write_bytes(altered(content, content.index(region.encode()) + len(region)))
    assert_refused(lda("inspect", "--model", model, cwd=tmp_path), 4, str(model))


def test_damaged_model_infers_nothing(tmp_path: Path, model: Path) -> None:
    (model / "phi.npy").write_bytes(altered((model / "phi.npy").read_bytes(), -5))
    with unchanged(tmp_path):
        result = lda("infer", "-", "-o", "out.jsonl", cwd=tmp_path, stdin=b"moon\n")
        assert_refused(result, 4, "phi.npy", "damaged", "train it again")


@pytest.mark.parametrize(("made_by", "said"), [(2, "has format 2"), (0, "damaged"), ('"1"', "damaged")])
def test_model_of_another_format_is_refused(tmp_path: Path, model: Path, made_by: object, said: str) -> None:
    text = (model / "model.json").read_text()
    (model / "model.json").write_text(text.replace('"format": 1', f'"format": {made_by}'))
    assert_refused(lda("infer", "-", cwd=tmp_path, stdin=b"moon\n"), 4, "model", said)


@pytest.mark.parametrize("text", ["[]", '{"format": NaN}', "[" * 100_000, "\xff"])
def test_other_json_is_no_model(tmp_path: Path, text: str) -> None:
    write(tmp_path / "model", {"model.json": text})
    assert_refused(lda("inspect", cwd=tmp_path), 4, "model")


@pytest.mark.parametrize("command", [["inspect"], ["infer", "-"]])
def test_missing_model_is_refused_with_the_command_that_makes_it(tmp_path: Path, command: list[str]) -> None:
    with unchanged(tmp_path):
        result = lda(*command, "--model", "gone.model", cwd=tmp_path)
        assert_refused(result, 4, "gone.model: there is no model", "lda-cli train --model gone.model")


def test_model_with_stems_is_refused_where_it_cannot_make_them(tmp_path: Path, corpus: Path) -> None:
    stems = ("--set", "tokenizer.stemming=english", "--set", "vocabulary.stop_words=de")
    done(lda("train", corpus, *QUICK, *stems, cwd=tmp_path))
    without = without_packages(tmp_path / "blocking", "stopwordsiso", "Stemmer")
    with unchanged(tmp_path):
        for command in (["infer", corpus, "-o", "out.jsonl"], ["inspect", "--term", "moon"]):
            result = lda(*command, cwd=tmp_path, env=without)
            assert_refused(result, 4, "the model", "'english'", 'pip install "lda-cli[stemming]"')
        assert done(lda("inspect", cwd=tmp_path, env=without)) == done(lda("inspect", cwd=tmp_path))


def test_file_is_no_model(tmp_path: Path) -> None:
    write(tmp_path, {"model": "text"})
    with unchanged(tmp_path):
        assert_refused(lda("inspect", cwd=tmp_path), 4, "model")


def test_folder_of_other_things_is_no_model(tmp_path: Path) -> None:
    write(tmp_path / "model", {"letter.txt": "moon"})
    with unchanged(tmp_path):
        assert_refused(lda("inspect", cwd=tmp_path), 4, "model: is not a model", "model.json")


def test_file_of_another_model_is_refused(tmp_path: Path, model: Path) -> None:
    other = Path(shutil.copytree(model, tmp_path / "other"))
    record = json.loads((other / "history.jsonl").read_text().splitlines()[0])
    (other / "history.jsonl").write_text(json.dumps(record | {"seconds": 0}) + "\n")
    shutil.copy(other / "history.jsonl", model / "history.jsonl")
    assert_refused(lda("inspect", cwd=tmp_path), 4, "history.jsonl")
