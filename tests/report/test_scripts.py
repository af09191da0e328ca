"""Functions of the page's scripts that need no page."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from lda_cli.report import page as pages
from tests.helpers.browser import Browser


@pytest.fixture(scope="module")
def call(chromium: Browser) -> Callable[..., Any]:
    """Call a function of the scripts by name."""
    chromium.driver.get("about:blank")
    code = "\n".join(pages._read(f"scripts/{name}") for name in pages.SCRIPTS if name != "main.js")
    return lambda name, *arguments: chromium.script(f"{code}\nreturn {name}(...arguments)", *arguments)


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("#topic=3&l=.6", {"topic": "3", "l": ".6"}),
        ("#doc=space/a%20%26%20b%3Dc.txt", {"doc": "space/a & b=c.txt"}),
        ("#term", {"term": ""}),
        ("", {}),
        ("#term=100%", {"term": "100%"}),
    ],
)
def test_address_is_parsed(call: Callable[..., Any], address: str, parts: dict[str, str]) -> None:
    assert call("parsed", address) == parts


def test_every_address_leads_back_to_its_parts(call: Callable[..., Any]) -> None:
    for text in ("a b", "ü/1:2#3", "&=%", "\U0001f600", "+", "x" * 3000):
        assert call("parsed", call("addressOf", {"doc": text, "n": "2"})) == {"doc": text, "n": "2"}
    assert call("addressOf", {"topic": 3, "l": None}) == "#topic=3"


def test_csv_is_read_back_as_it_was(call: Callable[..., Any]) -> None:
    rows = [["id", "n"], ['a "b", c', 1.5], ["two\nlines", None], ["\r", 0], ["", "é"]]
    read = list(csv.reader(io.StringIO(call("csvText", rows), newline="")))
    assert read == [["" if cell is None else str(cell) for cell in row] for row in rows]


def test_labels_are_yaml(call: Callable[..., Any]) -> None:
    given = [
        [10, {"name": 'a: "b" #\\ é\u2028', "note": None, "hide": True}],
        [2, {"name": None, "note": "x\ny"}],
    ]
    text = call("yamlText", given)
    assert yaml.safe_load(text) == {2: {"note": "x\ny"}, 10: {"name": 'a: "b" #\\ é\u2028', "hide": True}}
    assert text.startswith("2:")
    assert yaml.safe_load(call("yamlText", [])) == {}


def test_lines_that_end_at_a_width_are_joined_and_others_stay(call: Callable[..., Any]) -> None:
    line = "words that fill a line of a letter to its very end"
    for end in ("\n", "\r\n"):
        joined = call("joinedLines", f"{line}{end}{line}{end}{end}{line}")
        assert len(joined) == 3 * (len(line) + len(end))
        assert joined.count("\n") == 2
    for text in ("roses\nare\nred", f"{line}\n> {line}", f"{line}\n  {line}", f"{line}\nSubject: {line}"):
        assert call("joinedLines", text) == text


def test_numbers_are_printed_as_inspect_prints_them(call: Callable[..., Any]) -> None:
    assert call("percent", 0.114506) == "11.5%"
    assert call("whole", 1234567.4) == "1,234,567"
    assert call("decimals", None, 3) == "\u2013"
    assert call("shortened", "one  two\nthree", 9) == "one two…"
    assert call("folded", "Été") == "ete"
