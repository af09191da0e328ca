"""`make bench`: what is done how fast on this machine. Names of sections as arguments run those alone.

Each section is a process of its own, so that one neither warms nor fills the memory of the next. BLAS is
held to one thread throughout: the threads that are compared are the tools' own, and products as small as
those of an E-step gain nothing from more.
"""

import argparse
import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path

from lda_cli.engine.kernel import kernel, kernel_name

from . import corpora

PACKAGES = (
    *("numpy", "scipy", "scikit-learn", "gensim", "tomotopy", "topica", "pyrmallet", "bitermplus"),
    "lda-cli",
)
ONE_BLAS_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
ENVIRONMENT = ONE_BLAS_THREAD | {"PYTHONUNBUFFERED": "1"}  # rows show as soon as they are known


def main() -> int:
    """Print the versions and every section asked for; the exit status tells whether one failed."""
    parser = _parser()
    options = parser.parse_args()
    if options.subjects and not options.corpus:
        parser.error("--subjects wants --corpus FOLDER, which has the postings")
    corpus = ["--corpus", str(options.corpus)] if options.corpus else []
    arguments = {
        "reading": corpus,
        "estep": [],
        "short": [],
        "threads": [],
        "peak": [],
        "scaling": ["--largest", str(options.largest)],
        "peers": ["--topics", str(options.topics), "--seed", str(options.seed), "--svg", str(options.svg)]
        + ["--bench-corpus", options.bench_corpus]
        + corpus
        + [f"--{name}" for name in ("subjects", "quick") if getattr(options, name)],
    }
    if wrong := set(options.sections) - set(arguments):
        print(f"there is no section {min(wrong)!r}, only {', '.join(arguments)}", file=sys.stderr)
        return 2
    print(versions())
    failed = False
    for section in options.sections or arguments:
        print(flush=True)
        command = [sys.executable, "-m", f"tests.benchmarks.{section}", *arguments[section]]
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "sections", nargs="*", help="reading, estep, short, threads, peak, scaling, peers; none means all"
    )
    parser.add_argument("--largest", type=int, default=1_000_000, help="documents at which scaling ends")
    parser.add_argument("--topics", type=int, default=50, help="K of the peers")
    parser.add_argument("--seed", type=int, default=1, help="of all the peers")
    parser.add_argument("--quick", action="store_true", help="peers with few passes and sweeps only")
    parser.add_argument(
        "--bench-corpus", choices=corpora.FETCHED, default="documentation", help="fetched for the peers"
    )
    parser.add_argument(
        "--corpus", type=Path, help="folder of text to read and for the peers, instead of what is fetched"
    )
    parser.add_argument(
        "--subjects",
        action="store_true",
        help="the subject lines of the postings in --corpus are the documents",
    )
    parser.add_argument("--svg", type=Path, default=Path("build/bench.svg"), help="where the plot goes")
    return parser


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "an unknown processor"


if __name__ == "__main__":
    sys.exit(main())
