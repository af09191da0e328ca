"""The machine's own peak: peak.c, compiled by the compiler at hand and run as a process."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

SECONDS = 0.3
SOURCE = Path(__file__).with_name("peak.c")
NATIVE = ("-march=native", "-mcpu=native")  # not every compiler knows the first on every processor


@contextlib.contextmanager
def measuring() -> Iterator[Path | None]:
    """The compiled program while the block lasts; None, and a line that says so, without a compiler."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "peak")
        compiler = shutil.which(os.environ.get("CC", "cc"))
        for native in NATIVE if compiler else ():
            command = [compiler, "-O3", native, "-ffp-contract=fast", str(SOURCE), "-o", str(program)]
            if subprocess.run(command, capture_output=True, check=False).returncode == 0:
                yield program
                return
        reason = f"{compiler} does not compile peak.c" if compiler else "there is no compiler, CC or cc"
        print(f"(the machine's peak is not measured: {reason})")
        yield None


def rate(program: Path, what: str, processes: int = 1) -> float:
    """Gflop/s of `fma` or GB/s of `copy`, summed over so many processes that run side by side."""
    command = [str(program), what, str(SECONDS)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    return sum(float(process.communicate()[0]) for process in running)
