"""What several of the engine's test files share."""

import pytest

from lda_cli.engine import em


@pytest.fixture
def to_the_fixed_point(monkeypatch):
    monkeypatch.setattr(em, "INNER_ITERATIONS", 3000)
