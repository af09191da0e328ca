"""The same texts in tables and JSON of any form make the same bytes of phi.npy."""

import csv
import io
import json
from pathlib import Path

import pytest

from lda_cli.training.train import train
from tests.helpers.command import done, lda
from tests.helpers.training import WORDS, quick_config

ROWS = [
    {"id": f"d{n}", "text": f'{", ".join(WORDS[n % 2].split()[n % 3 :])}; Köln "{n}"\nlast line | end'}
    for n in range(12)
]


def table(delimiter: str, encoding: str, quoting: int = csv.QUOTE_MINIMAL, has_header: bool = True) -> bytes:
    stream = io.StringIO("sep=;\r\n" if delimiter == "sep" else "")
    stream.seek(0, io.SEEK_END)
    writer = csv.writer(stream, delimiter=delimiter.replace("sep", ";"), quoting=quoting)
    writer.writerows([["id", "text"]] * has_header + [list(row.values()) for row in ROWS])
    return stream.getvalue().encode(encoding)


NUMBERED = {"corpus_header": False, "corpus_text_field": 2, "corpus_id_field": 1}
WRITTEN = {
    "pandas.csv": (table(",", "utf-8"), {}),
    "excel.csv": (table("sep", "utf-16"), {}),
    "libreoffice.csv": (table(";", "utf-8-sig", csv.QUOTE_ALL), {}),
    "r.tsv": (table("\t", "latin-1", csv.QUOTE_ALL), {"corpus_encoding": "latin-1"}),
    "unload.csv": (table("|", "utf-8", has_header=False), NUMBERED),
    "array.json": (json.dumps(ROWS, indent=1).encode("utf-16"), {}),
    "lines.json": ("\n".join(map(json.dumps, ROWS)).encode(), {}),
    "array.jsonl": (json.dumps(ROWS).encode(), {}),
}


def phi(path: Path, content: bytes, settings: dict[str, object]) -> bytes:
    path.write_bytes(content)
    model = path.with_name(f"{path.name}.model")
    train(quick_config(path, model, **{"corpus_id_field": "id", **settings}))
    assert (model / "documents.txt").read_text().splitlines() == [row["id"] for row in ROWS]
    return (model / "phi.npy").read_bytes()


def test_the_same_texts_are_the_same_topics(tmp_path: Path) -> None:
    found = {phi(tmp_path / name, *given) for name, given in WRITTEN.items()}
    assert len(found) == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("s.csv", b"id;text\n1;judge, jury\n2;boat, sail\n", None),
        ("a.json", b'[\n {"text": "judge jury"},\n {"text": "boat sail"}\n]\n', None),
        (
            "n.csv",
            b"1;judge, jury\n2;boat, sail\n",
            "n.csv: no column 'text', and the first line looks like data ('1', 'judge, jury'); "
            "set corpus.header to false and corpus.text_field to a column number\n",
        ),
    ],
)
def test_train_reads_it_or_names_the_setting(
    tmp_path: Path, name: str, content: bytes, said: str | None
) -> None:
    (tmp_path / name).write_bytes(content)
    options = ("-q", "--topics", "2", "--set", "vocabulary.min_df=1", "--set", "vocabulary.max_df=1.0")
    result = lda("train", name, *options, cwd=tmp_path)
    if said is not None:
        assert (result.status, result.stderr) == (3, f"lda-cli: error: {said}")
        return
    done(result)
    words = (tmp_path / "model" / "vocabulary.txt").read_text().split()
    assert words == ["boat", "judge", "jury", "sail"]
