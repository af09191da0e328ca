"""Which kernel is chosen, where the compiled one is there and where it is not."""

import ast
import importlib.util
import inspect
from pathlib import Path

import numpy as np
import pytest

from lda_cli.engine import _numpy
from lda_cli.engine.kernel import installed, kernel, kernel_name
from lda_cli.engine.schedule import plain
from lda_cli.errors import ConfigError
from tests.engine.corpora import random_counts
from tests.engine.runs import train

pytestmark = pytest.mark.once

IS_COMPILED = importlib.util.find_spec("lda_cli.engine._native") is not None


@pytest.fixture
def not_compiled(monkeypatch):
    """As on a machine without a compiler: there is no such module, and importing it would fail."""
    find_spec, import_module = importlib.util.find_spec, importlib.import_module

    def found(name, package=None):
        return None if name.endswith("_native") else find_spec(name, package)

    def imported(name, package=None):
        if name.endswith("_native"):
            raise ModuleNotFoundError(name)
        return import_module(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", found)
    monkeypatch.setattr(importlib, "import_module", imported)
    installed.cache_clear()
    yield
    installed.cache_clear()


@pytest.mark.skipif(not IS_COMPILED, reason="there is no compiled kernel")
def test_compiled_kernel_is_the_first_choice():
    assert kernel_name({}) == "native"
    assert kernel_name({"LDA_CLI_KERNEL": "numpy"}) == "numpy"
    assert kernel("numpy") is _numpy
    assert kernel("native") is not _numpy


def test_numpy_serves_where_nothing_is_compiled(not_compiled, monkeypatch):
    monkeypatch.delenv("LDA_CLI_KERNEL", raising=False)
    assert kernel_name() == "numpy"
    assert kernel() is _numpy
    counts = random_counts(20, 10, 0.5, np.random.default_rng(0))
    training, records = train(counts, plain(3, True), np.full(3, 0.3), n_minibatches=2)
    assert len(records) == 3
    assert np.isfinite(training.phi).all()


def test_asking_for_what_is_not_compiled_is_an_error(not_compiled):
    assert kernel_name({"LDA_CLI_KERNEL": "numpy"}) == "numpy"
    with pytest.raises(ConfigError, match="LDA_CLI_KERNEL: there is no kernel 'native' here, only numpy"):
        kernel_name({"LDA_CLI_KERNEL": "native"})


@pytest.mark.parametrize("wanted", ["", "cuda", "NumPy"])
def test_asking_for_what_no_one_has_is_an_error(wanted):
    with pytest.raises(ConfigError, match="there is no kernel"):
        kernel_name({"LDA_CLI_KERNEL": wanted})


def test_stub_of_the_compiled_kernel_has_the_parameters_of_its_twin():
    stub = ast.parse(Path(_numpy.__file__).with_name("_native.pyi").read_text(encoding="utf-8"))
    functions = {node.name: node for node in stub.body if isinstance(node, ast.FunctionDef)}
    for name in functions.keys() - {"use"}:
        parameters = [argument.arg for argument in functions[name].args.posonlyargs]
        assert parameters == list(inspect.signature(getattr(_numpy, name)).parameters)
