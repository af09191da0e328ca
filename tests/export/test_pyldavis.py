"""pyLDAvis takes the exported arrays, and pandas the tables. No other test imports these two."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyLDAvis
import pytest

from lda_cli.model.model import Model
from tests.helpers.exported import file_of, rows_of, text_of


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # of pyLDAvis itself
def test_topic_k_of_pyldavis_is_ours(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "arrays.npz"
    path.write_bytes(file_of(model, "pyldavis").getvalue())
    prepared = pyLDAvis.prepare(**np.load(path), sort_topics=False, start_index=0, n_jobs=1)
    assert prepared.topic_order == [0, 1, 2]
    for topic in model.topics(3):
        first = prepared.sorted_terms(topic=topic.number, _lambda=1)["Term"][:3]
        assert list(first) == [word for word, _ in topic.words]
    shares = prepared.topic_coordinates.sort_values("topics")["Freq"] / 100
    np.testing.assert_allclose(shares, [topic.share for topic in model.topics(1)], atol=0.02)


def test_pandas_reads_the_tables(model: Model) -> None:
    frame = pd.read_csv(io.StringIO(text_of(model, "documents")))
    assert list(frame["id"]) == list(model.documents.ids())
    shares = frame[[f"topic_{topic}" for topic in range(3)]].to_numpy()
    np.testing.assert_allclose(shares, model.documents.theta, atol=5.1e-7)
    assert frame["year"].tolist() == [1800 + n % 4 for n in range(24)]
    lines = pd.read_json(io.StringIO(text_of(model, "terms", "jsonl")), lines=True)
    assert list(lines["term"]) == [row["term"] for row in rows_of(model, "terms")]
    assert len(pd.read_parquet(file_of(model, "by", field="year"))) == 4
