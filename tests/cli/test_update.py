"""`lda-cli update` as a process: what it says, what it refuses, and its bytes."""

import json
import shutil
from pathlib import Path

import pytest

from tests.helpers.command import assert_refused, done, lda
from tests.helpers.files import write


@pytest.fixture
def model(trained: Path, tmp_path: Path) -> Path:
    """A copy of the model of the three themes."""
    return Path(shutil.copytree(trained, tmp_path / "model"))


@pytest.fixture
def new(tmp_path: Path) -> Path:
    texts = {f"{n}.txt": "sail anchor vessel " + "lagoon " * (n < 2) for n in range(5)}
    return write(tmp_path / "new", texts)


def topics(model: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(done(lda("inspect", "-m", model, "--format", "json")))
    return found


def test_topics_keep_their_numbers_and_a_new_word_joins_one(model: Path, new: Path, tmp_path: Path) -> None:
    before = topics(model)
    result = lda("update", "-m", model, new, cwd=tmp_path)
    assert result.status == 0
    assert result.stdout == ""
    assert "11.8% of the new words were unknown; 1 new term\n" in result.stderr
    after = topics(model)
    for old, now in zip(before, after, strict=True):
        first = [{word["term"] for word in topic["words"]} for topic in (old, now)]  # type: ignore[attr-defined]
        assert len(first[0] & first[1]) >= 6
    assert "lagoon" in done(lda("inspect", "-m", model, "--term", "lagoon"))
    assert "ok" in done(lda("inspect", "-m", model, "--verify"))


@pytest.mark.parametrize("options", [["--set", "training.threads=2"], ["-q"], ["--wait", "1"]])
def test_bytes_are_the_same_for_any_threads(
    model: Path, new: Path, tmp_path: Path, options: list[object]
) -> None:
    other = shutil.copytree(model, tmp_path / "other")
    done(lda("update", "-m", model, new, "--set", "training.threads=1", cwd=tmp_path))
    done(lda("update", "-m", other, new, *options, cwd=tmp_path))
    assert (model / "phi.npy").read_bytes() == (Path(other) / "phi.npy").read_bytes()
    assert (model / "theta.npy").read_bytes() == (Path(other) / "theta.npy").read_bytes()


def test_standard_input_and_lists_are_new_documents_too(model: Path, new: Path, tmp_path: Path) -> None:
    done(lda("update", "-m", model, "-", "-q", stdin=b"sail moon\noven butter\n", cwd=tmp_path))
    listed = "\n".join(map(str, sorted(new.iterdir()))).encode()
    done(lda("update", "-m", model, "--files-from", "-", "-q", stdin=listed, cwd=tmp_path))
    assert json.loads((model / "model.json").read_text().rpartition("}")[0] + "}")["updates"] == 2


def test_what_cannot_be_is_refused(model: Path, new: Path, tmp_path: Path) -> None:
    def refused(status: int, *said: str, arguments: list[object]) -> None:
        assert_refused(lda("update", *arguments, cwd=tmp_path), status, *said)

    refused(2, "Missing argument 'NEW...'", arguments=["-m", model])
    refused(4, "nothing", arguments=["-m", "nothing", new])
    refused(3, "gone", arguments=["-m", model, "gone"])
    refused(2, "--memory", arguments=["-m", model, new, "--memory", 0])
    refused(2, "--memory", arguments=["-m", model, new, "--memory", 1.5])
    write(tmp_path / "odd", {"a.txt": "xenon", "b.txt": "krypton"})
    refused(3, "no word of the new documents is known", arguments=["-m", model, "odd"])
