"""Words, ids, names and texts that look like markup are shown as text, and nothing of them runs."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from lda_cli.model import store
from lda_cli.model.labels import Label
from lda_cli.report.report import Choice, report
from lda_cli.training.train import train
from tests.helpers.browser import Browser
from tests.helpers.files import write
from tests.helpers.models import save, small_model
from tests.helpers.training import quick_config

EVIL = (
    "</script><script>window.hacked=1</script>",
    "<img/src=x/onerror=window.hacked=1>",
    "\u202edesrever",
    "a\u0000b",
    "\U0001f600\U0001f600",
    "@@script@@",
    "<!--<script>",
    "x" * 10_000,
    "&lt;b&gt;",
    "%00&topic=1#",
    "'\"`",
    "=cmd()",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    texts = [f"{EVIL[n % 12]} {EVIL[(n + 1) % 12]} {EVIL[n % 12]} plain words" for n in range(24)]
    lines = [
        json.dumps({"id": f"{n} {EVIL[n % 12]}"[:200], "text": text, "who": EVIL[n % 12][:50]})
        for n, text in enumerate(texts)
    ]
    write(folder, {"evil.jsonl": "\n".join(lines)})
    options = {"corpus_id_field": "id", "corpus_metadata_fields": ["who"], "tokenizer_pattern": r"\S+"}
    train(quick_config(folder / "evil.jsonl", folder / "model", vocabulary_stop_words="none", **options))
    model = dataclasses.replace(store.load(folder / "model"), labels={0: Label(name=EVIL[0], note=EVIL[1])})
    path = folder / "page.html"
    path.write_bytes(report(model, choice=Choice(title=EVIL[0])).page)
    return path


def test_hostile_texts_are_shown_as_text(chromium: Browser, page: Path) -> None:
    chromium.open(page)
    assert chromium.text("#main h1") == EVIL[0]
    seen = ""
    views = ["#topic=0&l=1", "#topic=1", "#term", "#doc", "#by", "#together", "#download", "#search=%3C"]
    for view in views:
        chromium.go(view)
        seen += " ".join(chromium.texts("#main"))
    for evil in EVIL:
        if "\0" not in evil:
            assert evil.lower() in seen.lower(), evil
    n_marked = 0
    for link in range(24):
        chromium.go("#doc")
        address = chromium.script(f"return document.querySelectorAll('#main .document-link')[{link}].hash")
        chromium.go(address)
        assert chromium.text("#main h1").startswith(tuple("0123456789")), address
        n_marked += bool(chromium.texts("#text .word"))
    assert n_marked >= 10
    assert chromium.script("return [typeof window.hacked, document.images.length]") == ["undefined", 0]
    assert chromium.script("return document.querySelectorAll('script:not([type])').length") == 1
    assert chromium.complaints() == []


@pytest.mark.parametrize(
    "address",
    ["#topic=-1", "#topic=1e9", "#topic=<b>", "#l=x&topic=0", "#doc=%E0%A4%A", "#term=%00", "#by=x", "#&&="],
)
def test_odd_addresses_are_answered(chromium: Browser, page: Path, address: str) -> None:
    chromium.open(page, address)
    assert chromium.text("#main h1")
    assert chromium.complaints() == []


def test_script_that_is_put_into_the_page_does_not_run(chromium: Browser, page: Path, tmp_path: Path) -> None:
    edited = tmp_path / "edited.html"
    text = page.read_text(encoding="utf-8").replace("<body>", "<body><script>window.hacked=1</script>")
    edited.write_text(
        text.replace("<noscript>", "<p onclick='x' style='color:red'></p><noscript>"), encoding="utf-8"
    )
    chromium.open(edited)
    assert chromium.script("return typeof window.hacked") == "undefined"
    assert "Content Security Policy" in "".join(chromium.complaints())


def test_model_of_words_and_no_documents_is_shown(chromium: Browser, tmp_path: Path) -> None:
    model = dataclasses.replace(
        store.load(save(small_model(), tmp_path / "m")), documents=None, n_documents=0
    )
    path = tmp_path / "page.html"
    path.write_bytes(report(model).page)
    chromium.open(path)
    for view in (
        "",
        "#topic=0",
        "#term=moon",
        "#doc",
        "#doc=x",
        "#by",
        "#together",
        "#download",
        "#search=mo",
    ):
        chromium.go(view)
        assert chromium.text("#main h1"), view
    assert "no documents" in (chromium.go("#together") or chromium.text())
    assert chromium.complaints() == []


@pytest.mark.parametrize(("n_topics", "n_terms", "n_documents"), [(2, 3, 2), (3, 5, 4), (200, 2000, 3000)])
def test_small_and_large_models_are_shown(
    chromium: Browser, tmp_path: Path, n_topics: int, n_terms: int, n_documents: int
) -> None:
    rng = np.random.default_rng(0)
    phi = rng.dirichlet(np.full(n_terms, 0.1), n_topics)
    model = small_model([f"word{n}" for n in range(n_terms)], phi, [0.1] * n_topics)
    model = dataclasses.replace(model, n_documents=n_documents)
    lengths = np.full(n_documents, model.n_tokens // n_documents, np.int32)
    lengths[0] += model.n_tokens - lengths.sum()
    theta = rng.dirichlet([0.1] * n_topics, n_documents).astype(np.float32)
    store.save(
        model,
        tmp_path / "m",
        documents=[f"box/{n}.txt" for n in range(n_documents)],
        theta=theta / theta.sum(axis=1, keepdims=True),
        lengths=lengths,
        history=[{"pass": 1}, {"result": True}],
    )
    path = tmp_path / "page.html"
    path.write_bytes(report(store.load(tmp_path / "m")).page)
    chromium.open(path)
    assert len(chromium.texts("#topics li")) == n_topics
    chromium.until(f"document.querySelectorAll('.map .dot').length === {n_topics}")
    assert (
        chromium.script(
            "return [...document.querySelectorAll('circle, rect, text')]"
            ".filter(e => /NaN|Infinity/.test(e.outerHTML)).length"
        )
        == 0
    )
    for view in ("#together", "#doc=box/1.txt", f"#topic={n_topics - 1}", "#search=box/1"):
        chromium.go(view)
        assert "Not found" not in chromium.text(), view
    assert "no texts" in (chromium.go("#doc=box/1.txt") or chromium.text())
    assert chromium.complaints() == []
