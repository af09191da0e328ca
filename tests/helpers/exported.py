"""Exports in memory, without the command line."""

import csv
import dataclasses
import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lda_cli.export import EXPORTS, Choice, run
from lda_cli.model.model import Model


def text_of(
    model: Model, what: str, form: str = "csv", *, spreadsheet: bool = False, **choice: object
) -> str:
    """The text of a table."""
    stream = io.StringIO(newline="")
    run.write_table(model, what, form, Choice(**choice), stream, spreadsheet=spreadsheet)
    return stream.getvalue()


def rows_of(model: Model, what: str, **choice: object) -> list[dict[str, str]]:
    """The rows of a table, as Python reads its CSV."""
    return list(csv.DictReader(io.StringIO(text_of(model, what, **choice), newline="")))


def file_of(model: Model, what: str, **choice: object) -> io.BytesIO:
    """The file of another tool, or a table as Parquet."""
    assert what in EXPORTS
    stream = io.BytesIO()
    run.write_file(model, what, Choice(**choice), stream)
    stream.seek(0)
    return stream


def theta_of(model: Model, texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Theta of texts, found to the last digits: (n, K)."""
    inference = dataclasses.replace(model.config.inference, tolerance=1e-9, max_iterations=10_000)
    config = dataclasses.replace(model.config, inference=inference)
    return np.array([found.theta for found in model.infer(texts, config=config)])


def counts_of(model: Model, texts: Sequence[str]) -> npt.NDArray[np.int64]:
    """How often each term is in each text: (n, V)."""
    words = [text.replace(".", "").split() for text in texts]
    return np.array([[text.count(term) for term in model.vocabulary] for text in words])
