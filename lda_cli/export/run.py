"""What `lda-cli export WHAT` does: each WHAT with its function, and where its result is written."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, TextIO

from ..disk.atomic import cannot_write, flush_to_disk
from ..disk.folders import whole_folder
from ..errors import OutputError
from ..model.model import Model
from . import Choice
from .documents import documents_table
from .gensim import gensim_files
from .graph import write_graph
from .groups import by_table, top_documents_table
from .mallet import mallet_files
from .parquet import write_parquet
from .pyldavis import write_pyldavis
from .similar import similar_topics_table
from .sklearn import write_sklearn
from .table import Table
from .topics import terms_table, topics_table
from .writing import write_delimited, write_jsonl

TABLES: Mapping[str, Callable[[Model, Choice], Table]] = {
    "documents": documents_table,
    "topics": topics_table,
    "terms": terms_table,
    "top-documents": top_documents_table,
    "by": by_table,
    "similar-topics": similar_topics_table,
}
FILES: Mapping[str, Callable[[Model, Choice, BinaryIO], str | None]] = {
    "graph": write_graph,
    "sklearn": write_sklearn,
    "pyldavis": write_pyldavis,
}
FOLDERS: Mapping[str, Callable[[Model, Choice], Mapping[str, Callable[[BinaryIO], object]]]] = {
    "mallet": mallet_files,
    "gensim": gensim_files,
}


def write_table(
    model: Model, what: str, form: str, choice: Choice, stream: TextIO, *, spreadsheet: bool = False
) -> None:
    """Write a table as csv, tsv or jsonl; `spreadsheet` is as for `csv_rows`. Raises ModelError."""
    table = TABLES[what](model, choice)
    if form == "jsonl":
        write_jsonl(stream, table)
    else:
        write_delimited(stream, table, form, spreadsheet=spreadsheet)


def write_file(model: Model, what: str, choice: Choice, stream: BinaryIO) -> str | None:
    """Write a table as Parquet, or the file of another tool; return a warning, or None.

    Raises ModelError, and ConfigError if PyArrow is wanted and not installed.
    """
    if what in FILES:
        return FILES[what](model, choice, stream)
    write_parquet(stream, TABLES[what](model, choice))
    return None


def write_folder(path: Path, files: Mapping[str, Callable[[BinaryIO], object]]) -> None:
    """Write a folder, whole or not at all; it replaces one with the same files.

    Raises OutputError if it cannot be written, or if it holds something else, which is never deleted.
    """
    _check_is_ours(path, files)
    with whole_folder(path) as folder, cannot_write(path):
        for name, write in files.items():
            with open(folder / name, "xb") as stream:
                write(stream)
                flush_to_disk(stream)


def _check_is_ours(path: Path, files: Mapping[str, object]) -> None:
    if not os.path.lexists(path):
        return
    if not path.is_dir():
        raise OutputError(f"{path}: is not a folder; name another place with -o")
    with cannot_write(path):
        strangers = sorted(set(os.listdir(path)) - set(files))
    if strangers:
        raise OutputError(
            f"{path}: contains {strangers[0]!r}, which is not of this export; name another folder"
        )
