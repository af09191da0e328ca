"""The constraints of `make test-oldest`: no dependency is left out of them."""

import re
import tomllib
from pathlib import Path

from tests.oldest import oldest

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]


def test_every_dependency_of_running_and_testing_has_a_lower_bound() -> None:
    extras = PROJECT["optional-dependencies"]
    needed = [*PROJECT["dependencies"], *extras["languages"], *extras["stemming"], *extras["test"]]
    names = {re.split("[^A-Za-z0-9-]", one)[0] for one in needed} - {"lda-cli"}
    assert names <= {one.partition("==")[0] for one in oldest(PROJECT)}


def test_a_lower_bound_becomes_the_version() -> None:
    extras = {"test": ["pytest>=8", "lda-cli[bench]"], "lint": ["ruff==0.1.*", "types-tqdm"]}
    project = {"dependencies": ["numpy>=1.26"], "optional-dependencies": extras}
    assert oldest(project) == ["numpy==1.26", "pytest==8"]
