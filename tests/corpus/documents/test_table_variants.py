"""CSV as Excel, LibreOffice, R, pandas and databases write it, and the errors for what cannot be a table."""

import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import CorpusConfig
from lda_cli.corpus.formats.delimiters import table_delimiter
from lda_cli.corpus.inputs.report import Report
from tests.corpus.reading import Text, error_of, read, read_documents

ROWS = [
    ["d1", 'judge, jury "and" court', "7"],
    ["d2", "boat; sail\nin Köln", "8"],
    ["d3", "judge | court", "9"],
    ["d4", "plain words\twith a tab", ""],
]
NUMBERED = "without a header, columns are numbers; set corpus.text_field to a number from 1 to 2"
FOUND = [Text(row[0], row[1]) for row in ROWS]
ENCODINGS = {  # of the file: the config's
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-8",
    "utf-32": "utf-8",
    "latin-1": "latin-1",
}


def written(delimiter: str, encoding: str, quoting: int, has_header: bool, first: str = "") -> bytes:
    stream = io.StringIO()
    stream.write(first)
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoting)
    writer.writerows([["id", "text", "n"]] * has_header + ROWS)
    return stream.getvalue().encode(encoding)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("has_header", [True, False])
def test_the_same_table_is_the_same_documents(
    delimiter: str, encoding: str, quoting: int, has_header: bool
) -> None:
    content = written(delimiter, encoding, quoting, has_header)
    fields = {"text_field": "text", "id_field": "id"} if has_header else {"text_field": "2", "id_field": "1"}
    settings = {**fields, "header": has_header, "encoding": ENCODINGS[encoding]}
    for layout in ("csv", "tsv"):
        assert read("-", stdin=content, format=layout, **settings) == FOUND
    assert read("-", stdin=content, format="csv", delimiter=delimiter, **settings) == FOUND
    if has_header:
        assert table_delimiter(content, CorpusConfig(**settings)) == delimiter


@pytest.mark.parametrize("first", ["sep=;\r\n", "sep=;\n", '"sep=;"\r\n'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_first_line_of_excel_says_the_delimiter_and_is_no_record(first: str, encoding: str) -> None:
    content = written(";", encoding, csv.QUOTE_MINIMAL, True, first)
    assert read("-", stdin=content, format="csv", id_field="id") == FOUND
    assert read("-", stdin=content, format="csv")[0].id == "stdin:3"
    assert read("-", stdin=content, format="csv", delimiter=";", id_field="id") == FOUND
    assert table_delimiter(content, CorpusConfig()) == ";"


@pytest.mark.parametrize("cell", ["NA", "NaN", "nan", "NULL", "null", "None", "<NA>", "\\N", '"NA"', ""])
def test_cell_without_a_value_is_an_empty_document(cell: str) -> None:
    content = f"id,text\na,one\nb,{cell}\nc,{cell} and\n".encode()
    plain = cell.strip('"') if cell.startswith('"') else cell
    found = read("-", stdin=content.replace(b'"NA" and', b"NA and"), format="csv", id_field="id")
    assert found == [("a", "one"), ("b", ""), ("c", f"{plain} and")]
    found = read("-", stdin=content.replace(b'"NA" and', b"NA and"), format="csv", text_field=("text", "id"))
    assert [text for _, text in found] == ["one\n\na", "b", f"{plain} and\n\nc"]


def test_header_is_compared_as_people_read_it() -> None:
    for header in (" id , Ko\u0308ln\xa0", '"id","Köln"', "\ufeff\ufeffid,Köln"):
        content = f"{header}\na,one\n".encode()
        assert read("-", stdin=content, format="csv", text_field="Köln", id_field="id") == [("a", "one")]


@pytest.mark.parametrize(
    ("content", "settings", "said"),
    [
        ("id,Text\n1,x\n", {}, "no column 'text' (it has 'id', 'Text'); set corpus.text_field to 'Text'"),
        (
            "id;body\n1;x\n2;y\n",
            {},
            "no column 'text' (it has 'id', 'body'); set corpus.text_field to one of them",
        ),
        ("body\nx\n", {}, "no column 'text' (it has 'body'); set corpus.text_field to one of them"),
        (
            "1;judge, jury\n2;boat, sail\n",
            {},
            "no column 'text', and the first line looks like data ('1', 'judge, jury'); "
            "set corpus.header to false and corpus.text_field to a column number",
        ),
        (
            "the judge and the jury of a court\nboat\n",
            {},
            "no column 'text', and the first line looks like data ('the judge and the jury of a court'); "
            "set corpus.header to false and corpus.text_field to a column number",
        ),
        (",0\n0,x\n", {}, "no column 'text' (it has '', '0'); set corpus.text_field to one of them"),
        (
            "id;text\n1;x\n",
            {"delimiter": ","},
            "no column 'text' (it has only 'id;text'); "
            "set corpus.delimiter to auto or to the one of the file",
        ),
        (
            "1,x\n2,y\n",
            {"header": False},
            f"no column 'text': {NUMBERED}",
        ),
        (
            "1,x\n2,y\n",
            {"header": False, "text_field": "3"},
            f"no column '3': {NUMBERED}",
        ),
        (
            "1,a;b\n2,c;d\n",
            {"header": False, "text_field": "2"},
            "the delimiter may be , or ;; set corpus.delimiter to it",
        ),
    ],
)
def test_error_says_which_setting_reads_the_table(
    content: str, settings: dict[str, object], said: str
) -> None:
    assert error_of("-", stdin=content.encode(), format="csv", **settings) == f"standard input: {said}"


# What R writes with write.table, where the header has no name for the names of rows
WITH_ROW_NAMES = {
    "tabs": '"id"\t"text"\n"1"\t"a"\t"moon, tide"\n"2"\t"b"\tNA\n',
    "spaces": '"id" "text"\r\n"1" "a" "moon, tide"\r\n"2" "b" NA\r\n',
    "commas": '"id","text"\n"7","a","moon, tide"\n"x y","b",""\n',
    "bare": "id\ttext\n1\ta\tmoon, tide\n2\tb\tNA\n",
}


@pytest.mark.parametrize("case", WITH_ROW_NAMES)
@pytest.mark.parametrize("layout", ["csv", "tsv", "auto"])
def test_names_of_rows_that_r_writes_are_no_column_of_the_header(
    tmp_path: Path, case: str, layout: str
) -> None:
    (tmp_path / "a").write_text(WITH_ROW_NAMES[case], newline="")
    assert read(tmp_path / "a", format=layout, id_field="id") == [("a", "moon, tide"), ("b", "")]


@pytest.mark.parametrize(
    "content",
    [
        "id,text\n1,moon,tide\n2,sail,boat\n",  # commas of a text, not quoted
        '"id","text"\n1,moon,tide\n2,sail,boat\n',
        "id\ttext\n1\tmoon\t\n2\tsail\t\n",  # each line ends in a delimiter
        '"id","text"\n"1","moon","tide"\n"1","sail","boat"\n',
        '"id","text"\n"1","moon","tide"\n',
    ],
)
def test_a_text_is_never_taken_for_the_name_of_a_row(content: str) -> None:
    said = "standard input:2: 3 fields, but the header has 2; fix it"
    assert error_of("-", stdin=content.encode(), format="csv").startswith(said)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (r'"the \"moon\" rose"', 'the "moon" rose'),  # MySQL and Spark
        (r'"\"moon\", tide"', '"moon", tide'),
        (r'"a \\ b \"c"', 'a \\ b "c'),
        (r'"C:\"', "C:\\"),  # a backslash at the end, where quotation marks are doubled
        (r'"\""moon"""', '\\"moon"'),
    ],
)
def test_quotation_marks_may_be_escaped_by_a_backslash(cell: str, text: str) -> None:
    content = f'id,text\n1,{cell}\n2,"tide, sail"\n'.encode()
    assert read("-", stdin=content, format="csv") == [("stdin:2", text), ("stdin:3", "tide, sail")]


def test_without_a_header_the_first_record_sets_the_number_of_fields() -> None:
    settings = {"format": "csv", "header": False, "text_field": "2", "delimiter": ","}
    said = "standard input:2: 3 fields, but the first record has 2"
    assert error_of("-", stdin=b"1,x\n2,y,z\n", **settings).startswith(said)
    assert read("-", stdin=b"1,x\n2,y,z\n3,z\n", on_error="skip", **settings) == [
        ("stdin:1", "x"),
        ("stdin:3", "z"),
    ]


def test_delimiter_of_a_pipe_is_found_in_its_first_lines() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as stdin, os.fdopen(write_end, "wb", buffering=0) as stream:
        documents = read_documents(["-"], CorpusConfig(format="csv"), Report(), stdin=stdin)
        for line, text in ((b"n;te", None), (b"xt\n1;one, or\n", "one, or"), (b"2;two\n", "two")):
            stream.write(line)
            assert text is None or next(documents).text == text
        stream.close()
        assert list(documents) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text\none\ntwo\nthree\n",
        b"id,text\n1,x\n",
        b"id,body\n1,x\n2,y\n",
        b"a, text, b\none, two\nthree\n",
    ],
)
def test_what_may_be_prose_is_no_table(content: bytes) -> None:
    assert table_delimiter(content, CorpusConfig()) is None


def test_first_bytes_may_end_in_a_record() -> None:
    content = written(";", "utf-8", csv.QUOTE_ALL, True)
    third = content.index(b"d3") - 1
    for place in range(third, len(content)):
        assert table_delimiter(content[:place], CorpusConfig()) == ";"


def test_long_first_record_is_whole_when_the_delimiter_is_found() -> None:
    content = b"1;" + b"judge jury " * 10_000 + b"\n2;boat\n"
    found = read("-", stdin=content, format="csv", header=False, text_field="2")
    assert [len(text) for _, text in found] == [110_000, 4]


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@given(
    st.lists(st.tuples(cells, cells, cells), max_size=8),
    st.sampled_from(",;\t|"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]),
)
def test_any_table_with_a_column_text_is_read_under_auto(
    rows: list[tuple[str, str, str]], delimiter: str, quoting: int, encoding: str
) -> None:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, quoting=quoting).writerows([("n", "text", "m"), *rows])
    found = read("-", stdin=stream.getvalue().encode(encoding), format="csv")
    missing = {"NA", "NaN", "nan", "NULL", "null", "None", "<NA>", "\\N"}
    assert [text for _, text in found] == ["" if row[1] in missing else row[1] for row in rows]
