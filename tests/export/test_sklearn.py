"""scikit-learn's transform with the exported arrays, loaded as the help says, gives our theta."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from lda_cli.export import LOADERS, Choice, run
from lda_cli.model.model import Model
from tests.helpers.command import lda as lda_cli
from tests.helpers.exported import counts_of, file_of, theta_of


def test_scikit_learn_gives_our_theta(model: Model, texts: list[str], tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(file_of(model, "sklearn").getvalue())
    names: dict[str, Any] = {}
    exec(LOADERS["sklearn"].replace("FILE", str(path)), names)
    counts = names["words"].transform([text.replace(".", "") for text in texts])
    np.testing.assert_array_equal(counts.toarray(), counts_of(model, texts))
    theta = names["lda"].transform(csr_matrix(counts, dtype=np.float64))
    np.testing.assert_allclose(theta, theta_of(model, texts), atol=1e-4)
    components = names["lda"].components_
    np.testing.assert_allclose(components / components.sum(axis=1, keepdims=True), model.phi, atol=1e-6)


def test_one_alpha_for_all_topics_is_warned_of(asymmetric: Model, saved: Path, tmp_path: Path) -> None:
    warning = run.FILES["sklearn"](asymmetric, Choice(), io.BytesIO())
    assert warning is not None
    assert "0.6, the mean" in warning
    result = lda_cli("export", "sklearn", "-m", saved, "-o", tmp_path / "b.npz")
    assert (result.status, result.stderr) == (0, "")
