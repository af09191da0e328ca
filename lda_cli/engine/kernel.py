"""Which kernel does the E-step. Imports no NumPy: `lda-cli --version` asks, and must be quick."""

import os
from collections.abc import Mapping

from ..errors import ConfigError

KERNELS = ("numpy",)  # the fastest first


def kernel_name(environ: Mapping[str, str] = os.environ) -> str:
    """The kernel that LDA_CLI_KERNEL asks for, or the fastest. Raises ConfigError if it is not there."""
    wanted = environ.get("LDA_CLI_KERNEL", KERNELS[0])
    if wanted not in KERNELS:
        raise ConfigError(f"LDA_CLI_KERNEL: there is no kernel {wanted!r} here, only {', '.join(KERNELS)}")
    return wanted
