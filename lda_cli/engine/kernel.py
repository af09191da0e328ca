"""The choice of the kernel. This file does not import NumPy, so that `lda-cli --version` is quick."""

import functools
import importlib
import importlib.util
import os
from collections.abc import Mapping
from types import ModuleType

from ..errors import ConfigError

KERNELS = ("native", "numpy")  # the fastest first


@functools.cache
def installed() -> tuple[str, ...]:
    """The kernels of this installation. Cached, because every visit to a minibatch asks."""
    return tuple(name for name in KERNELS if importlib.util.find_spec(f"{__package__}._{name}"))


def kernel_name(environ: Mapping[str, str] = os.environ) -> str:
    """The kernel that LDA_CLI_KERNEL names, or the fastest. Raises ConfigError if it is missing."""
    there = installed()
    wanted = environ.get("LDA_CLI_KERNEL", there[0])
    if wanted not in there:
        raise ConfigError(f"LDA_CLI_KERNEL: there is no kernel {wanted!r} here, only {' and '.join(there)}")
    return wanted


def kernel(name: str | None = None) -> ModuleType:
    """The module of that name, or of `kernel_name`. _numpy.py documents its functions."""
    return _module(name or kernel_name())


@functools.cache
def _module(name: str) -> ModuleType:
    return importlib.import_module(f"._{name}", __package__)
