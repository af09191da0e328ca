"""Makes the examples of the formats that are written now: python -m tests.model.formats.make

Run once for each new format, before its release; what is in the folder of a format is never made anew, since
newer code must read it as it is. The corpus in the folder comes first, and is written by hand.
"""

import contextlib
import json
import shutil
import sys
import tempfile
from pathlib import Path

from lda_cli.config import load_config
from lda_cli.model import description
from lda_cli.training.train import train
from tests.corpus.caching import counted
from tests.model.formats.examples import INFERENCE, ROOT, TEXTS, found, moved

OPTIONS = {
    "vocabulary.min_df": 1,
    "vocabulary.max_df": 1.0,
    "model.topics": 2,
    "training.seed": 1,
    "training.threads": 1,
    "corpus.cache": "none",
    **INFERENCE,
}
PHRASES = {"vocabulary.phrases.max_words": 2, "vocabulary.phrases.min_count": 3}


def make(folder: Path) -> None:
    """Put models, a cache, and what is inferred into a folder that has the corpus."""
    expected = {}
    for name, options in (("plain", {}), ("phrases", PHRASES)):
        with contextlib.chdir(folder):  # so that no path of this machine is kept
            model = train(
                load_config(options=OPTIONS | options | {"model.path": name}, environ={}), ["corpus"]
            )
        expected[name] = found(model)
    (folder / "expected.json").write_text(json.dumps(expected | {"texts": TEXTS}, indent=2) + "\n")
    with tempfile.TemporaryDirectory() as temporary:
        corpus = shutil.copytree(folder / "corpus", Path(temporary, "corpus"))
        counted(folder / "cache", corpus, key="example")
        moved(folder / "cache", str(corpus), ROOT)


if __name__ == "__main__":
    here = Path(__file__).parent / str(description.FORMAT)
    if (here / "expected.json").exists():
        sys.exit(f"{here}: is there already, and stays as it is")
    make(here)
