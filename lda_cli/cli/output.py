"""Where a command writes its results: standard output, or a file that appears when it is complete."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from ..disk.atomic import whole_file
from ..errors import ConfigError, OutputError

_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".zip")
_NOT_WRITTEN = ("xlsx", "xls", "ods", "parquet")
_OF_REPORTS = {
    ".json": "json",
    ".csv": "csv",
    ".md": "markdown",
    ".markdown": "markdown",
    ".xml": "mallet-xml",
}


def refuse_compressed(output: str | None) -> None:
    """Raise ConfigError for a name that promises a compressed file."""
    if output is not None and output.lower().endswith(_COMPRESSED):
        raise ConfigError(f"-o {output}: the output is not compressed; leave out -o, and pipe it into gzip")


def format_of(output: str | None, formats: tuple[str, ...], default: str) -> str:
    """Return the format that the name of the output file says.

    Raises ConfigError for a name of a format that is not written.
    """
    ending = Path(output or "").suffix.lower()[1:]
    if ending in _NOT_WRITTEN and ending not in formats:
        remedy = "give a name that ends in .csv, and --spreadsheet for Excel"
        raise ConfigError(f"-o {output}: CSV, TSV and JSON lines are written; {remedy}")
    if ending == "json" and ending not in formats:
        ending = "jsonl"
    return ending if ending in formats else default


def format_of_report(output: str | None, formats: tuple[str, ...]) -> str:
    """Return the format of a report that the name of the output file says, else text.

    Raises ConfigError for a name of a format that is not written.
    """
    if Path(output or "").suffix.lower()[1:] in _NOT_WRITTEN:
        raise ConfigError(f"-o {output}: this format is not written; give a name that ends in .csv or .json")
    form = _OF_REPORTS.get(Path(output or "").suffix.lower(), "text")
    return form if form in formats else "text"


@contextlib.contextmanager
def text_output(output: str | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears when it is complete."""
    if output is None:
        yield sys.stdout
        return
    with whole_file(_outside_models(output)) as binary:
        text = io.TextIOWrapper(binary, encoding="utf-8", newline="\n")
        yield text
        text.flush()
        text.detach()


@contextlib.contextmanager
def binary_output(output: str | None) -> Iterator[BinaryIO]:
    """As `text_output`, for bytes."""
    if output is None:
        yield sys.stdout.buffer
        return
    with whole_file(_outside_models(output)) as stream:
        yield stream


def _outside_models(output: str) -> Path:
    """Return the path; raise OutputError if it is in a model directory, whose files are not replaced."""
    from ..model import description

    path = Path(output)
    if os.path.lexists(path.parent / description.NAME):
        raise OutputError(f"{output}: is in the directory of a model; name another place with -o")
    return path
