"""Each column and key that a person meets is told of once: in the README, or in the help of `export`."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lda_cli.export import COLUMNS
from tests.helpers.command import QUICK, Run, done

ROOT = Path(__file__).parents[2]
TOLD = set(re.findall(r"`([a-z_]+)`", (ROOT / "README.md").read_text(encoding="utf-8")))
TOLD |= {name for columns in COLUMNS.values() for name in columns}
OF_FIELDS = {"year", "topic_0", "topic_1", "topic_2"}
INSPECT = [
    ["--top", 2],
    ["--term", "moon"],
    ["--documents"],
    ["--by", "year"],
    ["--by", "year", "--wide"],
    ["--by", "year", "--words"],
]


@pytest.fixture
def dated(corpus: Path, run: Run) -> None:
    pattern = "corpus.metadata_pattern=(?P<year>[0-9])"
    done(run("train", corpus, *QUICK, "--set", pattern, "-q"))


def keys_of(value: object) -> Iterator[str]:
    """The keys of all objects of JSON."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        yield from keys_of(one)


@pytest.mark.usefixtures("dated")
@pytest.mark.parametrize("options", INSPECT, ids=str)
def test_columns_and_keys_of_inspect_are_told_of(options: list[object], run: Run) -> None:
    (header, *_) = csv.reader(io.StringIO(done(run("inspect", *options, "--format", "csv"))))
    assert not set(header) - TOLD - OF_FIELDS
    if "--wide" not in options:
        assert not set(keys_of(json.loads(done(run("inspect", *options, "--format", "json"))))) - TOLD


@pytest.mark.usefixtures("dated")
@pytest.mark.parametrize("options", [[], ["--words"], ["--wide"], ["--names"]], ids=str)
def test_columns_and_keys_of_infer_are_told_of(options: list[object], corpus: Path, run: Run) -> None:
    (header, *_) = csv.reader(io.StringIO(done(run("infer", corpus, *options, "--format", "csv", "-q"))))
    assert not set(header) - TOLD - OF_FIELDS
    if "--wide" not in options:
        record = json.loads(done(run("infer", corpus, *options, "-q")).splitlines()[0])
        assert not set(keys_of(record)) - TOLD - OF_FIELDS


@pytest.mark.usefixtures("dated")
def test_columns_and_keys_of_diff_are_told_of(run: Run) -> None:
    (header, *_) = csv.reader(io.StringIO(done(run("diff", "model", "model", "--format", "csv"))))
    keys = keys_of(json.loads(done(run("diff", "model", "model", "--format", "json"))))
    assert not {*header, *keys} - TOLD


@pytest.mark.usefixtures("dated")
def test_columns_and_keys_of_label_are_told_of(run: Run) -> None:
    (header, *_) = csv.reader(io.StringIO(done(run("label", "--format", "csv"))))
    keys = keys_of(json.loads(done(run("label", "--format", "json"))))
    assert not {*header, *keys} - TOLD
