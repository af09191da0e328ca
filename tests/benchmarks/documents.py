"""Documents, each a name and a text, as every corpus of the bench gives them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

Document = tuple[str, str]


def folder(path: Path) -> Iterator[Document]:
    """The name and text of every file below a folder."""
    for file in sorted(path.rglob("*")):
        if file.is_file():
            yield str(file.relative_to(path)), file.read_bytes().decode("utf-8", "replace")


def distinct(documents: Iterable[Document]) -> Iterator[Document]:
    """Documents with a text of their own, which is not empty; upper and lower case are one."""
    seen = {""}
    for name, text in documents:
        if (key := text.casefold().strip()) not in seen:
            seen.add(key)
            yield name, text
