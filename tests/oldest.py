"""Prints the dependencies of pyproject.toml at their lower bounds, as constraints of pip, for `make`."""

import re
import tomllib
from pathlib import Path

_BOUNDED = re.compile(r"([A-Za-z0-9._-]+)>=([0-9.]+)")


def oldest(project: dict[str, object]) -> list[str]:
    """Return what is needed to run and to test, such as "numpy==1.26"; what has no bound is left out."""
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(one for name in sorted(extras) for one in extras[name])]
    found = [_BOUNDED.fullmatch(one) for one in wanted]
    return sorted({f"{match[1]}=={match[2]}" for match in found if match})


if __name__ == "__main__":
    pyproject = Path(__file__).parents[1] / "pyproject.toml"
    print("\n".join(oldest(tomllib.loads(pyproject.read_text("utf-8"))["project"])))
