"""lda-cli finds the topics of a folder of text by variational EM: the command and its Python API.

    config = lda_cli.load_config("lda.yaml")
    model = lda_cli.train(config)                # reads the corpus, writes the model directory
    model = lda_cli.load("model")
    for document in model.infer(["some text"]): print(document.theta)
    for topic in model.topics(top=10): print(topic.words)
    for name, row in zip(model.documents.ids(), model.documents.theta): print(name, row)

The names are imported when first used, so that `lda-cli --help` does not wait for NumPy.
"""

import importlib

from .version import __version__

TYPE_CHECKING = False  # a type checker takes it as True; importing typing would double the import time
if TYPE_CHECKING:
    from .config import Config, load_config
    from .model.model import Model
    from .model.store import load
    from .training.train import train

__all__ = ["Config", "Model", "__version__", "load", "load_config", "train"]

_HOME = {
    "Config": ".config",
    "Model": ".model.model",
    "load": ".model.store",
    "load_config": ".config",
    "train": ".training.train",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name], __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
