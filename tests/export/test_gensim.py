"""gensim's own inference with the exported files gives our theta. No other test of export imports gensim."""

from pathlib import Path
from typing import Any

import numpy as np

from lda_cli.export import Choice, run
from lda_cli.model.model import Model
from tests.helpers.exported import counts_of, theta_of


def test_gensim_gives_our_theta(asymmetric: Model, texts: list[str], tmp_path: Path) -> None:
    for _ in range(2):  # the second one replaces the first
        run.write_folder(tmp_path / "g", run.FOLDERS["gensim"](asymmetric, Choice()))
    loader = tmp_path / "g" / "load.py"
    names: dict[str, Any] = {"__file__": str(loader)}
    exec(loader.read_text(), names)
    lda, dictionary = names["lda"], names["dictionary"]
    assert [dictionary[n] for n in range(len(dictionary))] == list(asymmetric.vocabulary)
    bags = [[(int(w), float(row[w])) for w in np.flatnonzero(row)] for row in counts_of(asymmetric, texts)]
    gamma, _ = lda.inference(bags)
    theta = gamma / gamma.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(theta, theta_of(asymmetric, texts), atol=1e-4)
    np.testing.assert_allclose(lda.get_topics(), asymmetric.phi, atol=1e-6)
