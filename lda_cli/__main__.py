"""Where `lda-cli` and `python -m lda_cli` begin: what must be so before anything large is imported."""

import gc
import os
import signal
from typing import NoReturn

# Ctrl-C ends the process without a traceback until `heed_signals`. It stays ignored where it is.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

# A thread of BLAS, of which no use is made, takes 32 MB of address space; where those are not to be had, BLAS
# ends the process, or hangs, while it is imported.
for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")


def main() -> NoReturn:
    """Run the command and leave with its exit status."""
    from .cli import main as command

    try:
        command()
    finally:
        gc.freeze()  # Python would look through all that was imported once more: a tenth of a short run


if __name__ == "__main__":
    main()
