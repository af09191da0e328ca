"""Corpora of documents of a few words. A text that was there before is no second document, but left out.

Debian's packages and apt's lists of them are there on Debian and its like; postings lie in a folder that the
user has.
"""

import io
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

from .documents import Document, distinct, folder
from .fetching import CACHE, NotFetched, from_debian, said

LEAST_PACKAGES = 10_000  # apt without its lists knows the few that are installed
_GLOSSES = re.compile(r".*/wordnet/data\.(noun|verb|adj|adv)")
_SUBJECT = re.compile(
    r"(?:^|[\r\n\t])Subject: *(?:Re(?:\^\d+|\[\d+\])?: *)*(?P<subject>[^\r\n\t]*)", re.IGNORECASE
)


def descriptions() -> Iterator[Document]:
    """The short description of every package that apt knows; kept, since the lists change by the day."""
    kept = CACHE / "descriptions.txt"
    if not kept.exists():
        found = list(distinct(of_packages(said(["apt-cache", "dumpavail"]).decode("utf-8", "replace"))))
        if len(found) < LEAST_PACKAGES:
            raise NotFetched(f"apt knows {len(found)} packages only; `apt-get update` brings the lists")
        kept.write_text("".join(f"{name}\t{text}\n" for name, text in found), encoding="utf-8")
    for line in kept.read_text(encoding="utf-8").splitlines():
        name, _, text = line.partition("\t")
        yield name, text


def glosses() -> Iterator[Document]:
    """What WordNet says of each of its synsets."""
    yield from distinct(_synsets())


def _synsets() -> Iterator[Document]:
    tar = io.BytesIO(said(["dpkg-deb", "--fsys-tarfile", str(from_debian("wordnet-base").resolve())]))
    with tarfile.open(fileobj=tar) as files:
        for member in files:
            if part := _GLOSSES.fullmatch(member.name):
                text = files.extractfile(member).read().decode("utf-8", "replace")
                yield from of_synsets(part[1], text)


def subjects(path: Path) -> Iterator[Document]:
    """The subject of each thread in a folder of postings."""
    yield from distinct((name, of_posting(text)) for name, text in folder(path))


def of_packages(listed: str) -> Iterator[Document]:
    """Name and short description, from apt's list of packages."""
    name = ""
    for line in listed.splitlines():
        key, _, value = line.partition(": ")
        if key == "Package":
            name = value
        elif key == "Description":
            yield name, value


def of_synsets(part: str, text: str) -> Iterator[Document]:
    """Glosses, which stand behind a bar, from a file of WordNet's; its licence has blanks in front."""
    for line in text.splitlines():
        if not line.startswith(" "):
            synset, _, gloss = line.partition(" | ")
            yield f"{part}/{synset.split()[0]}", gloss.strip()


def of_posting(text: str) -> str:
    """The subject without the `Re:` of answers, or nothing; in some copies lines end with tabs."""
    found = _SUBJECT.search(text)
    return found["subject"].strip() if found else ""
