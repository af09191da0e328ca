"""What comes from elsewhere: corpora, configs, models and caches, damaged, forged or made to do harm."""

import gzip
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from tests.helpers.command import QUICK, Result
from tests.helpers.files import write
from tests.models import reseal

from .case import Case, Ground
from .scene import Scene

ONE_LINE = gzip.compress(b"moon orbit sail " * (1 << 20), mtime=0) * 42  # 672 MiB
ESCAPE = "\x1b]0;owned\x07"


def of_corpus(files: dict[str, bytes | str], ground: Ground) -> Result:
    """Train on other files, in the place of the model."""
    corpus = ground.folder / "other"
    shutil.rmtree(corpus, ignore_errors=True)
    corpus.mkdir()
    write(corpus, files)
    return ground.run("train", corpus, "--force", *QUICK, cwd=ground.scene.place)


def of_config(text: str, ground: Ground) -> Result:
    """Train with a config of somebody else."""
    write(ground.folder, {"other.yaml": text})
    return ground.run(*Scene.train, "-c", ground.folder / "other.yaml", cwd=ground.scene.place)


def of_model(spoil: Callable[[Path], object], ground: Ground) -> Result:
    """Infer with a spoilt model, which is not where the good one is."""
    model = ground.folder / "spoilt"
    shutil.rmtree(model, ignore_errors=True)
    shutil.copytree(ground.scene.place / "model", model)
    spoil(model)
    return ground.run(*Scene.infer, "-m", model, cwd=ground.scene.place)


def flip(path: Path) -> None:
    """Alter one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def huge(model: Path) -> None:
    """phi.npy says that it holds 4 PB, with the right check sum."""
    content = (model / "phi.npy").read_bytes()
    data = np.load(model / "phi.npy")
    shape = str(data.shape).encode()
    forged = str((10**9, 10**6)).encode()
    (model / "phi.npy").write_bytes(content.replace(shape + b", }", forged + b", }", 1))
    reseal(model)


def of_another_folder(model: Path) -> None:
    """model.json names a file elsewhere, with its right check sum."""
    write(model.parent, {"secret.txt": "secret\n"})

    def rename(data: dict[str, dict[str, str]]) -> None:
        data["files"]["../secret.txt"] = data["files"].pop("documents.txt")

    reseal(model, rename)


def newer(model: Path) -> None:
    """A model of format 2."""
    path = model / "model.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2', 1))


def a_pipe(model: Path) -> None:
    """What nobody writes to is in the place of phi.npy."""
    (model / "phi.npy").unlink()
    os.mkfifo(model / "phi.npy")


def damaged(name: str, ground: Ground) -> Result:
    """Train with a file of the cache, or a checkpoint, that is not what was written."""
    place = ground.scene.place
    options = ("--set", "training.max_minutes=1e-6")
    first = ground.run(*Scene.train, *options, cwd=place)
    assert first.status == 7, first
    (path,) = place.glob(name)
    flip(path)
    result = ground.run(*Scene.train, cwd=place)
    ground.scene.assert_done(Scene.train)
    return result


def steering(ground: Ground) -> Result:
    """Names and words that would steer a terminal, told of in results and messages."""
    corpus = {f"{ESCAPE}{n}.txt": f"moon orbit \u202e{'comet ' * n}" for n in range(5)}
    corpus["bad.txt"] = b"\xff"
    write(ground.folder / "steering", corpus)
    env = {"LDA_CLI_CORPUS_ON_ERROR": "skip"}
    results = [
        ground.run("infer", ground.folder / "steering", *form, cwd=ground.scene.place, env=env)
        for form in ((), ("--format", "csv"), ("--markup",))
    ]
    for result in results:
        assert result.status == 0, result
        raw = {c for c in result.stdout + result.stderr if not c.isprintable()}
        assert raw <= {"\n", "\r"}, raw
    return results[0]


SAME = "it is made anew; the model is the same, byte for byte"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
    for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)
CASES = [
    Case(
        "corpus: a line of gigabytes, packed into some kB",
        3,
        partial(of_corpus, {"bomb.gz": ONE_LINE}),
        said="longer than 256 MiB",
    ),
    Case(
        "corpus: no UTF-8", 3, partial(of_corpus, {"bad.txt": b"moon \xff"}), said="bad.txt: not valid utf-8"
    ),
    Case("corpus: a binary file", 3, partial(of_corpus, {"bad.txt": b"moon\0" * 99}), said="bad.txt"),
    Case(
        "corpus: a gzip file that was cut",
        3,
        partial(of_corpus, {"cut.gz": gzip.compress(os.urandom(9999))[:-99]}),
        said="cut.gz",
    ),
    Case("corpus: no document", 3, partial(of_corpus, {}), said="no file in this folder"),
    Case(
        "corpus: names and words with escape sequences and bidirectional marks",
        0,
        steering,
        "none reaches a terminal, a table or a message raw",
    ),
    Case("config: a YAML bomb of aliases", 2, partial(of_config, BOMB), said="other.yaml"),
    Case(
        "config: YAML that asks for code to be run",
        2,
        partial(of_config, "model: !!python/object/apply:os.system [id]\n"),
        said="other.yaml",
    ),
    Case("config: nested ten thousand deep", 2, partial(of_config, "[" * 10_000), said="other.yaml"),
    Case(
        "model: a bit of phi.npy has flipped",
        4,
        partial(of_model, lambda model: flip(model / "phi.npy")),
        said="phi.npy",
    ),
    Case("model: an .npy header that asks for 4 PB", 4, partial(of_model, huge), said="phi.npy"),
    Case(
        "model: model.json names a file of another folder",
        4,
        partial(of_model, of_another_folder),
        said="model.json",
    ),
    Case("model: a pipe in the place of a file", 4, partial(of_model, a_pipe), said="phi.npy"),
    Case("model: of a newer format", 4, partial(of_model, newer), said="use a newer lda-cli"),
    Case(
        "`.model.cache`: a bit of the index has flipped",
        0,
        partial(damaged, ".model.cache/index.json.gz"),
        SAME,
    ),
    Case(
        "`.model.cache`: a bit of the counts has flipped", 0, partial(damaged, ".model.cache/counts-*"), SAME
    ),
    Case(
        "`.model.run`: a bit of the checkpoint has flipped",
        0,
        partial(damaged, ".model.run/checkpoint"),
        SAME,
    ),
]
