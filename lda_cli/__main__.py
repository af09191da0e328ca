"""Entry point of `lda-cli` and `python -m lda_cli`: what must be set before large imports."""

import gc
import os
import signal
from typing import NoReturn

# Until `heed_signals`, Ctrl-C ends the process without a traceback. If it is ignored, it stays so.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

# BLAS threads are not used. Each takes 32 MB of address space; without that, importing BLAS ends the process
# or hangs.
for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")


def main() -> NoReturn:
    """Run the command and leave with its exit status."""
    from .cli import main as command

    try:
        command()
    finally:
        gc.freeze()  # skips the garbage collection at exit: a tenth of a short run


if __name__ == "__main__":
    main()
