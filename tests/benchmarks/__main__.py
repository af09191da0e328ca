"""`make bench`: what is done how fast on this machine. `make bench BENCH="NAME OPTIONS"` runs one section.

Each section is a process of its own, so that one neither warms nor fills the memory of the next. BLAS has one
thread throughout: the threads that are compared are the tools' own.
"""

import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path

from lda_cli.engine.kernel import kernel, kernel_name

SECTIONS = ("reading", "estep", "short", "threads", "scaling", "peers", "sweep")
PACKAGES = (
    *("numpy", "scipy", "scikit-learn", "gensim", "tomotopy", "topica", "pyrmallet", "bitermplus"),
    "lda-cli",
)
ONE_BLAS_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
ENVIRONMENT = ONE_BLAS_THREAD | {"PYTHONUNBUFFERED": "1"}  # rows show as soon as they are known


def main() -> int:
    """Print the versions, and every section or the one asked for; the exit status is 1 if one failed."""
    name, *options = sys.argv[1:] or [""]
    if name and name not in SECTIONS:
        print(f"there is no section {name!r}, only {', '.join(SECTIONS)}", file=sys.stderr)
        return 2
    print(versions())
    failed = False
    for section in [name] if name else SECTIONS:
        print(flush=True)
        command = [sys.executable, "-m", f"tests.benchmarks.{section}", *options]
        failed |= subprocess.run(command, env=os.environ | ENVIRONMENT, check=False).returncode != 0
    return int(failed)


def versions() -> str:
    """The machine, and the version of everything that is measured on it."""
    found = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"no {package}")
    instructions = getattr(kernel(), "INSTRUCTIONS", "")
    return (
        f"{_processor()}, {platform.machine()}, {os.cpu_count()} cores, {platform.system()}\n"
        f"{', '.join(found)}\n"
        f"kernel: {kernel_name()} {instructions}".rstrip()
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "an unknown processor"


if __name__ == "__main__":
    sys.exit(main())
