"""What the engine's tests share: every one of them runs on both kernels, unless it says otherwise."""

import importlib.util

import pytest

from lda_cli.engine import visits
from lda_cli.engine.kernel import KERNELS, kernel

THERE = [name for name in KERNELS if importlib.util.find_spec(f"lda_cli.engine._{name}")]


def instruction_sets():
    """Those of the compiled kernel that this processor has."""
    if "native" not in THERE:
        return []
    native = kernel("native")
    found = [name for name in ("avx512", "avx2", "baseline") if native.use(name)]
    native.use(native.INSTRUCTIONS)
    return found


def pytest_configure(config):
    config.addinivalue_line("markers", "once: uses no kernel, or chooses it, or is of one kernel alone")


def pytest_generate_tests(metafunc):
    if not metafunc.definition.get_closest_marker("once"):
        metafunc.parametrize("on_kernel", THERE, indirect=True, scope="module")


@pytest.fixture(autouse=True, scope="module")  # once for all examples of hypothesis
def on_kernel(request):
    with pytest.MonkeyPatch.context() as patched:
        if hasattr(request, "param"):
            patched.setenv("LDA_CLI_KERNEL", request.param)
        yield


@pytest.fixture
def to_the_fixed_point(monkeypatch):
    monkeypatch.setattr(visits, "INNER_ITERATIONS", 3000)


@pytest.fixture(params=instruction_sets(), scope="module")
def each_instruction_set(request):
    native = kernel("native")
    assert native.use(request.param)
    yield
    native.use(native.INSTRUCTIONS)
