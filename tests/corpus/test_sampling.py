"""Samples of a corpus: spread over it, of whole documents, the same every time; and what they tell."""

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lda_cli.config import CorpusConfig, PhrasesConfig, SplitConfig, TokenizerConfig, VocabularyConfig
from lda_cli.corpus import sampling
from lda_cli.corpus.counts.cache import Cache
from lda_cli.corpus.documents import blocks
from lda_cli.corpus.growth import Outlook, certain, expected, sampled_rules
from lda_cli.corpus.inputs.files import find_sources
from lda_cli.corpus.inputs.report import Report
from lda_cli.corpus.sampling import Sample, sample_pairs, take_sample
from lda_cli.corpus.terms.tokenizer import Tokenizer
from lda_cli.corpus.training_corpus import build
from lda_cli.errors import ConfigError, CorpusError
from tests.corpus.reading import inputs_of
from tests.corpus.zipf import texts

TOKENIZER = Tokenizer(TokenizerConfig())
TEXTS = texts(4000, 60)


@contextmanager
def sample_of(path: Path, **settings: object) -> Iterator[Sample]:
    config = CorpusConfig(**settings)
    sources = list(find_sources(inputs_of(path, corpus=config), Report()))
    with Cache(None, "") as cache:
        yield take_sample(sources, config, TOKENIZER, cache)


def names_of(path: Path, **settings: object) -> list[str]:
    with sample_of(path, **settings) as sample:
        return list(sample.documents.names())


def outlook_of(path: Path, config: VocabularyConfig, **settings: object) -> Outlook:
    with sample_of(path, **settings) as sample:
        if sample.is_whole:
            return certain(build(sample.documents, TOKENIZER, config, []))
        rules = sampled_rules(config, len(sample.documents), sample.n_documents)
        return expected(sample, build(sample.documents, TOKENIZER, rules, []), config, [])


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of what is written below is enough."""
    monkeypatch.setattr(sampling, "SAMPLE_BYTES", 1 << 18)
    monkeypatch.setattr(sampling, "SAMPLE_FILES", 500)
    monkeypatch.setattr(sampling, "_CHUNK_BYTES", 1 << 13)


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same documents in many forms."""
    folder = tmp_path_factory.mktemp("corpora")
    for number, text in enumerate(TEXTS):
        path = folder / f"folder/{number % 7}/{number:05}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    lines = "".join(f"{text}\n" for text in TEXTS)
    (folder / "a.txt").write_text(lines)
    for name in ("a.txt.gz", "packed"):  # of which the second's name does not tell it
        (folder / name).write_bytes(gzip.compress(lines.encode()))
    (folder / "a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    numbers = {word: number for number, word in enumerate(dict.fromkeys(lines.split()))}
    (folder / "a.vocab").write_text("\n".join(numbers))
    with open(folder / "a.ldac", "w") as stream:
        for counts in (Counter(map(numbers.__getitem__, text.split())) for text in TEXTS):
            stream.write(" ".join([str(len(counts)), *(f"{term}:{n}" for term, n in counts.items())]) + "\n")
    with open(folder / "a.csv", "w", newline="") as stream:
        csv.writer(stream).writerows([["text"], *([text] for text in TEXTS)])
    return folder


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("form", ["folder", "a.txt", "a.jsonl"])
def test_sample_is_spread_and_the_same_every_time(corpora: Path, form: str) -> None:
    path = corpora / form
    names = names_of(path)
    assert names == names_of(path)
    assert 300 < len(names) < 900
    assert len({name.split("/")[0] for name in names}) == 7 or form != "folder"


@pytest.mark.usefixtures("small")
def test_lines_of_a_sample_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("".join(f"begin{number:07}end\n" for number in range(100_000)))
    with sample_of(path) as sample:
        terms = sample.documents.terms
    assert terms == ["begin", "end"]
    assert sample.n_documents == pytest.approx(100_000, rel=0.02)


@pytest.mark.parametrize(("begin", "end"), [(0, 4), (1, 4), (3, 4), (4, 8), (5, 9), (8, 9), (0, 13)])
def test_every_line_is_of_the_part_where_it_begins(begin: int, end: int) -> None:
    text = b"abc\n\ndef\nghij"
    starts = [0, 4, 5, 9]
    lines = text.splitlines(keepends=True)
    wanted = b"".join(line for start, line in zip(starts, lines, strict=True) if begin <= start < end)
    assert sampling._lines_from(io.BytesIO(text), begin, end) == wanted


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("form", ["folder", "a.txt", "a.txt.gz", "packed", "a.jsonl", "a.csv", "a.ldac"])
@pytest.mark.parametrize(
    "rules", [{"min_df": 5}, {"min_df": 0.002, "max_df": 0.05}, {"min_df": 2, "max_terms": 3000}]
)
def test_estimates_are_near(
    corpora: Path, monkeypatch: pytest.MonkeyPatch, form: str, rules: dict[str, float]
) -> None:
    path = corpora / form
    config = VocabularyConfig(**{"stop_words": "none", "max_df": 1.0} | rules)
    told = outlook_of(path, config)
    monkeypatch.setattr(sampling, "SAMPLE_BYTES", 1 << 30)
    monkeypatch.setattr(sampling, "SAMPLE_FILES", 1 << 30)
    true = outlook_of(path, config)
    rel = 0.3
    assert list(told.sizes) == pytest.approx(list(true.sizes), rel=rel)
    assert true.sizes.n_documents == 4000
    assert told.n_entries_found == pytest.approx(true.n_entries_found, rel=rel)
    for rule in ("found", "stop_words", "min_df", "max_df", "max_terms"):
        amount, exactly = getattr(told.pruning, rule), getattr(true.pruning, rule)
        assert amount.terms == pytest.approx(exactly.terms, rel=0.4, abs=20), rule
        assert amount.tokens == pytest.approx(exactly.tokens, rel=0.4, abs=2000), rule
    assert told.frequencies.sum() == pytest.approx(true.frequencies.sum(), rel=0.4)
    assert len(told.frequencies) == told.sizes.n_terms


@pytest.mark.usefixtures("small")
def test_parts_of_files_are_documents_too(tmp_path: Path) -> None:
    folder = tmp_path / "books"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.txt").write_text("\n".join(TEXTS[number * 100 : number * 100 + 100]))
    with sample_of(folder, split=SplitConfig("lines", 1)) as sample:
        assert sample.n_documents == pytest.approx(4000, rel=0.1)
        assert len(sample.documents) < 1500


@pytest.mark.usefixtures("small")
def test_a_bad_line_is_named_by_where_counting_began(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"good\n" * 100_000 + b"bad \xff\n" * 100_000)
    with pytest.raises(CorpusError, match=rf"{path} \(from byte \d+\):\d+: not valid utf-8 at byte 4 of the"):
        names_of(path)
    with sample_of(path, on_error="replace") as sample:
        assert sample.report.n_replaced > 1000


@pytest.mark.usefixtures("small")
def test_what_has_no_lines_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"word\n" * 200_000)
    with pytest.raises(ConfigError, match="utf-16 cannot be read a line at a time"):
        names_of(path, encoding="utf-16")
    path.write_bytes(b"\0" * 1_000_000)
    with pytest.raises(CorpusError, match="binary file"):
        names_of(path)


@pytest.mark.usefixtures("small")
def test_lines_longer_than_what_is_read_at_a_place_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes((b"word " * 200_000 + b"\n") * 3)
    with sample_of(path) as sample:
        assert 0 < len(sample.documents) <= 3
    path.write_bytes(b"word " * 600_000)
    monkeypatch.setattr(blocks, "DOCUMENT_BYTES", 1 << 19)
    with pytest.raises(CorpusError, match=r"a\.txt:1: a line of more than"):
        names_of(path)


def test_nothing_is_a_sample_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    with sample_of(tmp_path / "a.txt") as sample:
        assert (sample.is_whole, len(sample.documents), sample.n_documents) == (True, 0, 0)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("layout", ["folder", "lines", "csv"])
def test_many_empty_files_are_a_sample_of_nothing(tmp_path: Path, layout: str) -> None:
    for number in range(501):
        (tmp_path / str(number)).touch()
    with sample_of(tmp_path, format=layout) as sample:
        assert not sample.is_whole
        assert set(sample.documents.names()) <= {str(number) for number in range(501)}
        assert sample.documents.terms == []
    config = CorpusConfig(format=layout)
    sources = list(find_sources(inputs_of(tmp_path, corpus=config), Report()))
    assert not sample_pairs(sources, config, PhrasesConfig(), TOKENIZER, ())
