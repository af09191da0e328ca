"""What is said of a corpus that makes poor topics, and what blank lines do not change."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import mmwrite
from scipy.sparse import coo_matrix

from lda_cli.config import Config
from lda_cli.training import events
from lda_cli.training.dry_run import estimate
from lda_cli.training.train import train
from tests.helpers.files import write
from tests.helpers.training import Told, quick_config

# texts, settings, and the beginnings of the warnings
CASES: dict[str, tuple[list[str], dict[str, Any], list[str]]] = {
    "a corpus that is as it should be": (["judge jury", "boat sail"] * 4, {}, []),
    "more topics than documents and terms": (
        ["judge jury", "court jury"],
        {"model_topics": 4, "vocabulary_min_df": 2},
        [
            "4 topics for 2 documents with a term; use fewer topics (model.topics), or cut documents",
            "4 topics for 1 term; use fewer topics (model.topics), or lower vocabulary.min_df",
        ],
    ),
    "more topics than terms": (
        ["judge jury court"] * 9,
        {"model_topics": 5},
        ["5 topics for 3 terms; use fewer"],
    ),
    "rare words": (
        ["judge jury", "jury judge", "verdict", "bench"],
        {"vocabulary_min_df": 2},
        ["2 of 4 documents have no term of the vocabulary; lower vocabulary.min_df"],
    ),
    "common words": (
        ["judge boat", "judge sail", "judge", "judge", "judge"],
        {"vocabulary_max_df": 0.5},
        ["3 of 5 documents have no term of the vocabulary; raise vocabulary.max_df"],
    ),
    "few terms": (
        ["judge jury jury", "judge jury", "boat", "sail", "tide"],
        {"vocabulary_max_terms": 2},
        ["3 of 5 documents have no term of the vocabulary; raise vocabulary.max_terms"],
    ),
    "stop words": (
        ["judge jury", "judge jury", "the", "and"],
        {},
        ["2 of 4 documents have no term of the vocabulary; set vocabulary.stop_words to none"],
    ),
    "stop words that are no words": (
        ["judge jury", "boat sail"] * 4,
        {"vocabulary_extra_stop_words": ("--, verdict 42",)},
        ["2 stop words can match nothing, first: --; tokenizer.pattern finds no word there"],
    ),
    "stop words of a language, with digits among them": (
        ["juez jurado", "barco vela"] * 4,
        {"vocabulary_stop_words": "spanish"},
        [],
    ),
    "stop words of which a text has the pieces": (
        ["judge jury", "boat sail"] * 4,
        {"vocabulary_extra_stop_words": ("aujourd'hui", "well-known")},
        [],
    ),
    "one document": (
        ["judge jury court"],
        {},
        ["all text is one document; set corpus.format to lines if each"],
    ),
    "one document and blank lines": (["", "judge jury", ""], {}, ["all text is one document"]),
    "one is not all": (
        ["judge jury", "judge court", "judge boat"],
        {"vocabulary_max_df": 1},
        ["vocabulary.max_df=1 is one document, 1.0 is all; set it to 1.0"],
    ),
}


def config_for(folder: Path, texts: list[str], **options: Any) -> Config:
    write(folder, {"lines.txt": "\n".join(texts) + "\n"})
    return quick_config(folder / "lines.txt", folder / "model", **options)


@pytest.mark.parametrize("case", CASES)
def test_corpus_that_makes_poor_topics_is_said_with_the_setting_to_change(tmp_path: Path, case: str) -> None:
    texts, options, expected = CASES[case]
    told = Told()
    config = config_for(tmp_path, texts, **options)
    warnings = list(estimate(config).warnings)
    assert [warning[: len(start)] for warning, start in zip(warnings, expected, strict=True)] == expected
    train(config, report=told)
    assert told.of(events.Warned)[: len(warnings)] == warnings  # then come those about the topics


def test_blank_lines_change_neither_the_vocabulary_nor_phi(tmp_path: Path) -> None:
    lines = [
        *("judge jury court", "judge boat sail", "judge tide sail"),
        *("judge court verdict", "boat tide jury", "sail wind boat"),
    ]
    options = {"vocabulary_max_df": 0.5, "training_minibatches": "auto", "training_passes": "auto"}
    plain = train(config_for(tmp_path / "plain", lines, **options))
    double = [part for line in lines for part in (line, "")]  # as `sed G` makes them
    blank = train(config_for(tmp_path / "blank", double, **options))
    assert "judge" not in plain.vocabulary  # in 4 of 6; with blank lines it was in 4 of 12
    assert blank.vocabulary == plain.vocabulary
    assert blank.phi.tobytes() == plain.phi.tobytes()
    assert blank.alpha.tobytes() == plain.alpha.tobytes()
    assert len((tmp_path / "blank/model/documents.txt").read_text().splitlines()) == 12
    theta = np.load(tmp_path / "blank/model/theta.npy")
    np.testing.assert_array_equal(theta[::2], np.load(tmp_path / "plain/model/theta.npy"))


@pytest.mark.parametrize("form", ["csv", "jsonl", "mtx"])
def test_empty_cells_change_neither_the_vocabulary_nor_phi(tmp_path: Path, form: str) -> None:
    texts = ["judge jury", "judge boat", "judge sail", "court jury", "boat sail", "tide court"]
    models = []
    for name, documents in (("plain", texts), ("empty", [*texts[:3], "", "", *texts[3:], *[""] * 4])):
        write(tmp_path / name, _as_files(documents, form, tmp_path / name))
        config = quick_config(
            tmp_path / name / f"texts.{form}", tmp_path / name / "model", vocabulary_min_df=0.3
        )
        models.append(train(config))
    plain, empty = models
    assert plain.vocabulary == empty.vocabulary == ("boat", "court", "judge", "jury", "sail")
    assert plain.phi.tobytes() == empty.phi.tobytes()


def _as_files(texts: list[str], form: str, folder: Path) -> dict[str, bytes | str]:
    if form == "csv":
        return {"texts.csv": "id,text\n" + "".join(f"{n},{text}\n" for n, text in enumerate(texts))}
    if form == "jsonl":
        return {"texts.jsonl": "".join(f'{{"text": "{text}"}}\n' for text in texts)}
    terms = sorted({word for text in texts for word in text.split()})
    cells = [(n, terms.index(word)) for n, text in enumerate(texts) for word in text.split()]
    rows, columns = zip(*cells, strict=True)
    folder.mkdir()
    matrix = coo_matrix((np.ones(len(cells), int), (rows, columns)), (len(texts), len(terms)))
    mmwrite(folder / "texts.mtx", matrix)
    return {"texts.vocab": "\n".join(terms)}
