"""The arrows between the parts, and the habits that hold for every file."""

import ast
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import lda_cli

PACKAGE = Path(lda_cli.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

# part: the other parts that it may import; a part is a module or package below lda_cli, or a room of corpus
ARROWS = {
    "__init__": {"config", "model", "training", "version"},
    "__main__": {"cli"},
    "errors": set(),
    "version": set(),
    "signals": set(),
    "disk": {"errors"},
    "config": {"errors"},
    "cluster": {"engine", "errors", "signals", "version"},
    "engine": {"errors"},
    "corpus.formats": {"config"},
    "corpus.inputs": {"config", "corpus.formats", "disk", "errors", "version"},
    "corpus.terms": {"config", "errors"},
    "corpus.documents": {"config", "corpus.formats", "corpus.inputs", "corpus.terms", "disk", "errors"},
    "corpus.metadata": {
        *("config", "corpus.counts", "corpus.documents", "corpus.formats", "corpus.inputs", "disk", "errors")
    },
    "corpus.counts": {
        *("config", "corpus.documents", "corpus.formats", "corpus.inputs", "corpus.terms", "disk", "errors")
    },
    "corpus": {
        *("config", "corpus.counts", "corpus.documents", "corpus.inputs", "corpus.terms", "disk", "errors"),
        "signals",
    },
    "model": {"config", "corpus", "disk", "engine", "errors", "version"},
    "training": {"cluster", "config", "corpus", "disk", "engine", "errors", "model", "signals", "version"},
    "importing": {"config", "corpus", "disk", "engine", "errors", "model", "signals"},
    "inference": {"cluster", "config", "corpus", "engine", "errors", "model"},
    "comparing": {"engine", "errors", "model"},
    "excerpts": {"corpus", "errors", "model"},
    "slices": {"config", "corpus", "engine", "errors", "inference", "model"},
    "table_text": {"errors"},
    "export": {"corpus", "disk", "engine", "errors", "model", "table_text"},
    "evaluation": {"config", "corpus", "engine", "errors", "inference", "model"},
    "sweep": {
        *("config", "corpus", "disk", "engine", "errors", "evaluation", "inference", "model", "signals"),
        *("table_text", "training", "version"),
    },
    "report": {
        *("config", "corpus", "engine", "errors", "evaluation", "excerpts", "export", "inference", "model"),
        "sweep",
    },
    "cli": {
        *("__init__", "cluster", "comparing", "config", "corpus", "disk", "engine", "errors", "evaluation"),
        *("excerpts", "export", "importing", "inference", "model", "report", "signals", "slices", "sweep"),
        *("table_text", "training", "version"),
    },
}
# part: the packages that it may import beside the standard library
PACKAGES = {
    "disk": {"numpy"},
    "config": {"yaml"},
    "cluster": {"dask", "distributed", "numpy"},
    "engine": {"numpy", "scipy"},
    "corpus": {"numpy", "scipy"},
    "corpus.documents": {"numpy", "scipy"},
    "corpus.formats": {"lxml", "pypdfium2"},
    "corpus.inputs": {"numpy"},
    "corpus.terms": {"numpy", "scipy", "Stemmer", "stopwordsiso", "rjieba", "sudachipy", "pythainlp"},
    "corpus.counts": {"numpy"},
    "model": {"numpy"},
    "training": {"numpy", "scipy"},
    "export": {"numpy", "pyarrow"},
    "importing": {"numpy"},
    "evaluation": {"numpy", "scipy"},
    "comparing": {"numpy"},
    "slices": {"numpy", "scipy"},
    "report": {"numpy"},
    "sweep": {"numpy", "scipy"},
    "cli": {"click", "numpy", "tqdm"},
}
LINES_AT_MOST = 400


def module_name(file: Path, root: Path = PACKAGE.parent) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts)


def part(module: str) -> str:
    """The part of a module: `engine` of `lda_cli.engine.em`; `__init__` of `lda_cli` itself."""
    names = module.split(".")[1:]
    if not module.startswith("lda_cli."):
        return "__init__"
    return next((own for own in (".".join(names[:2]), names[0]) if own in ARROWS), "__init__")


def imports(file: Path, root: Path = PACKAGE.parent) -> set[str]:
    """The absolute names of all modules that a file imports, wherever in it, and for types too."""
    found = set()
    package = module_name(file, root).split(".")[:-1]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def test_no_test_module_imports_another_or_a_conftest() -> None:
    tests = sorted(Path(__file__).parent.rglob("*.py"))
    root = Path(__file__).parents[1]
    pairs = {(file.name, name) for file in tests for name in imports(file, root) if name.startswith("tests.")}
    assert [pair for pair in pairs if re.search(r"\.(test_|conftest)", pair[1])] == []


def test_every_part_has_its_arrows() -> None:
    assert {part(module_name(file)) for file in FILES} == set(ARROWS)


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_imports_follow_the_arrows(file: Path) -> None:
    own = part(module_name(file))
    inside = {part(name) for name in imports(file) if name.split(".")[0] == "lda_cli"}
    inside -= {own, *(room for room in ARROWS if room.split(".")[0] in ARROWS[own])}
    assert inside <= ARROWS[own]

    outside = {name.split(".")[0] for name in imports(file)} - {"lda_cli"} - sys.stdlib_module_names
    assert outside <= PACKAGES.get(own, set())


def test_arrows_make_no_circle_and_only_main_imports_the_commands() -> None:
    # without __init__, which imports the API when it is used, and from which others take the version
    graph = {own: others - {"__init__"} for own, others in ARROWS.items() if own != "__init__"}
    assert list(TopologicalSorter(graph).static_order())[-1] == "__main__"
    assert [own for own, others in ARROWS.items() if "cli" in others] == ["__main__"]


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_file_says_what_it_is_for_and_is_short(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith(('"""', 'r"""'))
    assert len(text.splitlines()) < LINES_AT_MOST
