"""The page in Chromium: the numbers of the other commands, no request, and keys that reach everything."""

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from lda_cli.model.model import Model
from tests.helpers.browser import Browser
from tests.helpers.command import done, lda
from tests.helpers.exported import rows_of

VIEWS = [
    "",
    "#topic=1",
    "#term=moon",
    "#term",
    "#doc",
    "#by",
    "#by=place",
    "#together",
    "#download",
    "#search=moon",
]


def topics_of(saved: Path, *options: object) -> list[dict]:
    return json.loads(done(lda("inspect", "-m", saved, "--format", "json", *options)))


def test_page_asks_for_nothing_and_every_view_is_shown_without_a_complaint(
    chromium: Browser, page: Path
) -> None:
    chromium.open(page)
    for view in VIEWS:
        chromium.go(view)
        assert chromium.text("#main h1"), view
        assert chromium.text("#main h1") != "Not found", view
    assert chromium.complaints() == []
    asked = chromium.requests()
    assert asked[0].startswith("file://")
    assert [address for address in asked[1:] if not address.startswith("data:")] == []


def test_topics_are_those_of_inspect(chromium: Browser, page: Path, saved: Path) -> None:
    chromium.open(page)
    topics = topics_of(saved)
    assert chromium.texts("#topics .number") == [str(topic["topic"]) for topic in topics]
    assert chromium.texts("#topics .topic-words") == [" ".join(w["term"] for w in t["words"]) for t in topics]
    assert chromium.texts("#topics .topic-share") == [f"{topic['share']:.1%}" for topic in topics]
    for topic in topics_of(saved, "--top", 30):
        chromium.go(f"#topic={topic['topic']}&l=1")
        shown = [(row[0], row[2]) for row in chromium.rows("#words")]
        assert shown == [(word["term"], f"{word['p']:.6f}") for word in topic["words"]]
        facts = chromium.texts("#main .figures dd")
        assert facts[:3] == [f"{topic['share']:.1%}", f"{topic['alpha']:.4f}", f"{topic['npmi']:.3f}"]
    for topic in topics_of(saved, "--top", 30, "--words-by", "relevance"):
        chromium.go(f"#topic={topic['topic']}")
        assert [row[0] for row in chromium.rows("#words")] == [word["term"] for word in topic["words"]]


def test_terms_and_documents_are_those_of_the_model(chromium: Browser, page: Path, model: Model) -> None:
    chromium.open(page)
    for term in ("moon", "harbour", "flour"):
        chromium.go(f"#term={term}")
        expected = [topic for topic in model.term_topics(term) if topic.share >= 0.02]
        rows = [(row[0].split(" ")[0], row[2], row[3]) for row in chromium.rows("#term-topics")]
        assert rows == [(str(each.topic), f"{each.share:.1%}", f"{each.p:.6f}") for each in expected]
    for best in model.best_documents(top=2):
        chromium.go(f"#topic={best.topic}")
        assert best.id in chromium.texts("#best .document-link")[best.rank - 1]
        assert chromium.texts("#best .figure")[best.rank - 1] == f"{best.share:.1%} of {best.tokens} words"
        chromium.go(f"#doc={best.id}")
        theta = model.documents.theta[best.number]
        order = [t for t in np.argsort(-theta, kind="stable") if theta[t] >= 0.02]
        rows = [(row[0].split(" ")[0], row[1]) for row in chromium.rows("#shares")]
        assert rows == [(str(t), f"{theta[t]:.1%}") for t in order]


def test_words_of_a_text_have_the_topics_that_infer_finds(
    chromium: Browser, page: Path, model: Model, saved: Path
) -> None:
    chromium.open(page)
    best = model.best_documents(top=1)[0]
    letters = (saved.parent / "letters.jsonl").read_text(encoding="utf-8").splitlines()
    record = done(lda("infer", "-m", saved, "--words", "-", stdin=letters[best.number].encode()))
    text, words = json.loads(letters[best.number])["text"], json.loads(record)["words"]
    chromium.go(f"#doc={best.id}")
    shown = zip(chromium.texts("#text .word"), chromium.texts("#text .word sub"), strict=True)
    assert [(word.removesuffix(topic), int(topic)) for word, topic in shown] == [
        (text[word["start"] : word["end"]], word["topic"]) for word in words
    ]


def test_tables_that_are_downloaded_are_those_of_export(chromium: Browser, page: Path, model: Model) -> None:
    chromium.open(page)
    chromium.go("#download")
    # instead of a file, which the browser would write to a folder of its own
    chromium.script(
        "window.saved = {}; URL.createObjectURL = blob => { window.last = blob.text(); return '#download'; };"
        "document.addEventListener('click', e => { if (e.target.download) {"
        " e.preventDefault(); window.saved[e.target.download] = window.last; } }, true)"
    )

    def downloaded(name: str) -> list[dict[str, str]]:
        chromium.script(
            "[...document.querySelectorAll('.file')].find(b => b.textContent === arguments[0]).click()", name
        )
        text = chromium.driver.execute_async_script(f"window.saved['{name}'].then(arguments[0])")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    places = rows_of(model, "by", field="place", long=True)
    for name, expected in (
        ("topics.csv", rows_of(model, "topics", top=10)),
        ("terms.csv", rows_of(model, "terms", top=30)),
        ("top-documents.csv", rows_of(model, "top-documents", top=20)),
        ("similar-topics.csv", rows_of(model, "similar-topics")),
        ("by-place.csv", places),
        ("documents.csv", rows_of(model, "documents", long=True, min_share=0.02)),
    ):
        found = downloaded(name)
        assert len(found) == len(expected) > 0, name
        for row, other in zip(found, expected, strict=True):
            for column, cell in row.items():
                assert _same(cell, other[column]), (name, column, cell, other[column])


def _same(one: str, other: str) -> bool:
    try:
        return abs(float(one) - float(other)) < 6e-4
    except ValueError:
        return one == other


def test_labels_that_are_typed_are_taken_by_label(
    chromium: Browser, page: Path, saved: Path, tmp_path: Path
) -> None:
    chromium.open(page, "#topic=1")
    name = 'Sea: "boats" & \\ # é'
    chromium.script("document.getElementById('new-name').focus()")
    chromium.press(name, "\ue007")
    assert chromium.text("#name") == name
    assert name in chromium.texts("#topics .topic-name")[1]
    chromium.go("#topic=2")
    chromium.script("document.getElementById('new-name').focus()")
    chromium.press(name, "\ue007")
    assert "Topic 1 has this name" in chromium.text("#naming")
    chromium.go("#download")
    chromium.script("URL.createObjectURL = blob => { window.last = blob.text(); return '#download'; }")
    chromium.script(
        "[...document.querySelectorAll('.file')].find(b => b.textContent === 'labels.yaml').click()"
    )
    (tmp_path / "labels.yaml").write_text(
        chromium.driver.execute_async_script("window.last.then(arguments[0])"), encoding="utf-8"
    )
    copy = tmp_path / "model"
    copy.mkdir()
    for file in saved.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    done(lda("label", "-m", copy, tmp_path / "labels.yaml"))
    assert topics_of(copy)[1]["name"] == name


def test_search_finds_words_by_their_beginning_ids_and_texts_by_a_part(
    chromium: Browser, page: Path, model: Model, saved: Path
) -> None:
    chromium.open(page)
    letters = [json.loads(line) for line in (saved.parent / "letters.jsonl").read_text("utf-8").splitlines()]
    beginning = model.vocabulary[0][:2]
    chromium.go(f"#search={beginning.upper()}")
    n_words = sum(term.startswith(beginning) for term in model.vocabulary)
    assert f"Words ({n_words})" in chromium.texts("#main h2")
    chromium.go(f"#search={letters[3]['id'][2:]}")
    n_ids = sum(letters[3]["id"][2:] in letter["id"] for letter in letters)
    assert f"Documents ({n_ids})" in chromium.texts("#main h2")
    phrase = " ".join(letters[0]["text"].split(" ")[:2])
    chromium.go(f"#search={phrase}")
    n_texts = sum(phrase in letter["text"] for letter in letters)
    assert f"Texts ({n_texts})" in chromium.texts("#main h2")
    assert set(chromium.texts("#main mark")) == {phrase}


def test_picture_is_saved_as_svg_with_its_colours(chromium: Browser, page: Path) -> None:
    chromium.open(page)
    chromium.until("document.querySelector('.map') !== null")
    chromium.script("URL.createObjectURL = blob => { window.last = blob.text(); return '#'; }")
    chromium.script(
        "[...document.querySelectorAll('#map button')].find(b => b.textContent === 'Save as SVG').click()"
    )
    picture = ElementTree.fromstring(chromium.driver.execute_async_script("window.last.then(arguments[0])"))
    circles = picture.findall(".//{http://www.w3.org/2000/svg}circle")
    assert len(circles) == 6  # three, each in a larger one that takes the touch
    assert {circle.get("fill") for circle in circles} > {"rgb(31, 95, 168)"}
    assert picture.get("width")


def test_slider_orders_the_words_and_stands_in_the_address(
    chromium: Browser, page: Path, model: Model
) -> None:
    chromium.open(page, "#topic=0&l=1")
    chromium.script("document.querySelector('input[type=range]').focus()")
    before = [row[0] for row in chromium.rows("#words")]
    chromium.press(*["\ue012"] * 10)
    assert chromium.script("return location.hash") == "#topic=0&l=0"
    after = [row[0] for row in chromium.rows("#words")]
    lift = model.phi[0] / (model.term_counts[:, 0] / model.n_tokens)
    best = [model.vocabulary[column] for column in np.argsort(-lift, kind="stable")[:5]]
    assert set(after[:5]) & set(best)
    assert before != after


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_view(chromium: Browser, page: Path, model: Model, scheme: str) -> None:
    chromium.open(page)
    chromium.media(prefers_color_scheme=scheme)
    document = next(iter(model.documents.ids()))
    for view in [*VIEWS, f"#doc={document}", "#topic=99"]:
        chromium.go(view)
        for opener in ("#map .quiet[aria-expanded]", "#matrix .quiet[aria-expanded]"):
            chromium.script("document.querySelector(arguments[0])?.click()", opener)
        assert chromium.violations() == [], view


def test_keys_alone_reach_everything(chromium: Browser, page: Path) -> None:
    chromium.media()
    chromium.open(page)
    tab, enter, down, right = "\ue004", "\ue007", "\ue015", "\ue014"
    chromium.press(tab)
    assert chromium.script("return document.activeElement.className") == "skip"
    chromium.press("/", "moon")
    assert chromium.script("return location.hash") == "#search=moon"
    assert "Words (1)" in chromium.text()
    chromium.press("\ue00c")
    assert chromium.text("#main h1").startswith("Topics of")
    assert chromium.script("return document.getElementById('search').value") == ""
    chromium.press("moon", enter)
    assert chromium.script("return document.activeElement.tagName") == "A"
    chromium.go("")
    chromium.until("document.querySelector('.map') !== null")
    for _ in range(40):  # to the first circle of the map
        chromium.press(tab)
        if chromium.script("return !!document.activeElement.closest('.map')"):
            break
    chromium.press(right)
    assert chromium.script("return document.querySelectorAll('.map a[tabindex=\"0\"]').length") == 1
    assert chromium.text("#map .info").strip()
    chromium.press(enter)
    assert chromium.script("return location.hash").startswith("#topic=")
    assert chromium.script("return document.activeElement.tagName") == "H1"
    chromium.script("document.querySelector('#topics a').focus()")
    chromium.press(down, down, enter)
    assert chromium.script("return location.hash") == "#topic=2"
    chromium.go("")
    chromium.until("document.querySelector('.matrix') !== null")
    chromium.script("document.querySelector('.matrix').focus()")
    chromium.press(down, right, right)
    assert " and " in chromium.text("#matrix .info")


def test_narrow_window_shows_all_without_scrolling_sideways(chromium: Browser, page: Path) -> None:
    size = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    chromium.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        chromium.open(page)
        for view in VIEWS:
            chromium.go(view)
            assert chromium.script("return document.documentElement.scrollWidth") <= 360, view
    finally:
        chromium.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
