"""Estimates of a corpus that is read in part, against those of all of it."""

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest

from lda_cli.config import load_config
from lda_cli.corpus import sample
from lda_cli.errors import CorpusError
from lda_cli.training.dry_run import Estimate, estimate
from tests.corpus.zipf import texts

N_TEXTS = 2400


def estimate_of(path: Path, **settings: object) -> Estimate:
    options = {"model.path": str(path.parent / "model"), "model.topics": 5, "training.passes": 3}
    return estimate(load_config(environ={}, options=options | settings), [str(path)])


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same documents in several formats."""
    folder, given = tmp_path_factory.mktemp("corpora"), texts(N_TEXTS, 120)
    for number, text in enumerate(given):
        path = folder / f"folder/{number % 7}/{number:05}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for number in range(4):
        path = folder / f"files/{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(given[number * 600 : number * 600 + 600]))
    lines = "".join(f"{text}\n" for text in given)
    (folder / "a.txt").write_text(lines)
    (folder / "a.txt.gz").write_bytes(gzip.compress(lines.encode(), 1))
    with open(folder / "a.csv", "w", newline="") as stream:
        csv.writer(stream).writerows([["year", "text"], *(["1999", text] for text in given)])
    numbers = {word: number for number, word in enumerate(dict.fromkeys(lines.split()))}
    (folder / "a.vocab").write_text("\n".join(numbers))
    with open(folder / "a.ldac", "w") as stream:
        for counts in (Counter(map(numbers.__getitem__, text.split())) for text in given):
            stream.write(" ".join([str(len(counts)), *(f"{term}:{n}" for term, n in counts.items())]) + "\n")
    return folder


@pytest.mark.parametrize(
    ("form", "settings"),
    [
        ("folder", {"vocabulary.min_df": 1}),
        ("folder", {"vocabulary.min_df": 0.002, "vocabulary.max_df": 0.05}),
        ("files", {"corpus.format": "lines"}),
        ("a.txt", {"vocabulary.max_terms": 3000}),
        ("a.txt.gz", {}),
        ("a.csv", {}),
        ("a.ldac", {}),
    ],
)
def test_estimates_are_near(
    corpora: Path, monkeypatch: pytest.MonkeyPatch, form: str, settings: dict[str, object]
) -> None:
    exact = estimate_of(corpora / form, **settings)
    assert exact.sample.is_whole
    assert exact.corpus.sizes.n_documents == N_TEXTS
    monkeypatch.setattr(sample, "SAMPLE_BYTES", 1 << 18)
    monkeypatch.setattr(sample, "CHUNK_BYTES", 1 << 17)
    about = estimate_of(corpora / form, **settings)
    assert about.n_sampled < 0.7 * N_TEXTS
    assert about.sample.is_cut == form.startswith("a.")
    (*sizes, n_terms, n_entries), (*truth, true_terms, true_entries) = about.corpus.sizes, exact.corpus.sizes
    assert [*sizes, n_entries] == pytest.approx([*truth, true_entries], rel=0.15)
    assert n_terms == pytest.approx(true_terms, rel=0.33)
    for name in ("memory", "model", "counts", "temporary"):
        assert getattr(about, name) == pytest.approx(getattr(exact, name), rel=0.33), name


def test_files_of_a_sample_are_the_same_every_time(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "SAMPLE_FILES", 500)
    one, other = (estimate_of(corpora / "folder") for _ in range(2))
    assert one.n_sampled == 500
    assert one.corpus.sizes == other.corpus.sizes
    assert one.corpus.sizes.n_documents == N_TEXTS


def test_phrases_of_a_sample_are_those_of_the_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["bread", "flour", "oven", "yeast"]
    lines = [f"new york {words[n % 4]} {words[n // 4 % 4]} york old\n" for n in range(30_000)]
    (tmp_path / "a.txt").write_text("".join(lines))
    settings = {"vocabulary.phrases.max_words": 2, "vocabulary.max_df": 1.0, "vocabulary.stop_words": "none"}
    exact = estimate_of(tmp_path / "a.txt", **settings)
    monkeypatch.setattr(sample, "SAMPLE_BYTES", 1 << 19)
    about = estimate_of(tmp_path / "a.txt", **settings)
    assert not about.sample.is_whole
    assert about.corpus.sizes.n_terms == exact.corpus.sizes.n_terms


@pytest.mark.parametrize(("layout", "reason"), [("folder", "no word"), ("lines", "no document")])
def test_sample_of_empty_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str, reason: str
) -> None:
    monkeypatch.setattr(sample, "SAMPLE_FILES", 5)
    for number in range(10):
        (tmp_path / str(number)).touch()
    with pytest.raises(CorpusError, match=f"{reason} was found"):
        estimate_of(tmp_path, **{"corpus.format": layout})
