"""What comes from elsewhere: a corpus, config, model, cache or checkpoint, damaged or made to do harm."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.helpers.command import Result
from tests.helpers.files import write
from tests.helpers.models import reseal

from .case import Case, Ground
from .scene import Scene


def of_corpus(ground: Ground) -> Result:
    """Train on a document that is not UTF-8."""
    corpus = write(ground.folder / "other", {"bad.txt": b"moon \xff"})
    return ground.run("train", corpus, "--force", cwd=ground.scene.place)


def of_config(ground: Ground) -> Result:
    """Train with a config that asks for code to be run."""
    write(ground.folder, {"other.yaml": "model: !!python/object/apply:os.system [id]\n"})
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


def of_another_folder(model: Path) -> None:
    """model.json names a file elsewhere, with its right check sum."""
    write(model.parent, {"secret.txt": "secret\n"})

    def rename(data: dict[str, Any]) -> None:
        data["files"]["../secret.txt"] = data["files"].pop("documents.txt")

    reseal(model, rename)


def damaged(name: str, ground: Ground) -> Result:
    """Train with a file of the cache, or a checkpoint, that is not what was written."""
    place = ground.scene.place
    first = ground.run(*Scene.train, "--set", "training.max_minutes=1e-6", cwd=place)
    assert first.status == 7, first
    (path,) = place.glob(name)
    flip(path)
    result = ground.run(*Scene.train, cwd=place)
    ground.scene.assert_done(Scene.train)
    return result


SAME = "it is made anew; the model is the same, byte for byte"
CASES = [
    Case("corpus: no UTF-8", 3, of_corpus, said="bad.txt: not valid utf-8"),
    Case("config: YAML that asks for code to be run", 2, of_config, said="other.yaml"),
    Case(
        "model: a bit of phi.npy has flipped",
        4,
        partial(of_model, lambda model: flip(model / "phi.npy")),
        said="phi.npy",
    ),
    Case(
        "model: model.json names a file of another folder",
        4,
        partial(of_model, of_another_folder),
        said="model.json",
    ),
    *(
        Case(f"`{folder}`: a bit of the {what} has flipped", 0, partial(damaged, f"{folder}/{name}"), SAME)
        for folder, name, what in (
            (".model.cache", "index.json.gz", "index"),
            (".model.cache", "counts-*", "counts"),
            (".model.run", "checkpoint", "checkpoint"),
        )
    ),
]
