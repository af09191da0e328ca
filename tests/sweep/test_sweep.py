"""Sweeps of a small corpus: what they leave, and how they go on after a stop."""

import json
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lda_cli.errors import BusyError, ConfigError, ModelError, OutputError
from lda_cli.model import store
from lda_cli.sweep.plan import RunKey
from lda_cli.sweep.results import best_run
from lda_cli.sweep.split import TrainingPart
from lda_cli.sweep.sweep import Begun, Done, Event, Spec, sweep
from lda_cli.training.events import PassDone
from lda_cli.training.lock import hold
from lda_cli.training.train import train
from tests.helpers.files import write
from tests.helpers.training import quick_config

# have the time that something took, or checksums of such files
TIMED = {"history.jsonl", "model.json"}
TABLES = ("results.tsv", "by_topics.tsv", "choice.json", "sweep.svg", "sweep.json")
Make = Callable[..., Spec]


def numbers(folder: Path) -> dict[str, bytes]:
    """The files of a model that depend on the corpus and the config alone."""
    names = {path.name for path in folder.iterdir()} - TIMED - {"result.json"}
    return {name: (folder / name).read_bytes() for name in names}


def everything(folder: Path) -> dict[str, bytes]:
    """All files of a sweep that must come out the same."""
    files = [path for path in (folder / "runs").glob("*/*") if path.name not in TIMED]
    files += [folder / name for name in TABLES]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def begun(spec: Spec, **options: object) -> list[RunKey]:
    """The runs that a sweep makes."""
    seen: list[Event] = []
    sweep(spec, report=seen.append, **options)  # type: ignore[arg-type]
    return [event.run for event in seen if isinstance(event, Begun)]


@pytest.mark.parametrize(
    "phrases", [{}, {"vocabulary_phrases": {"max_words": 2, "min_count": 2, "threshold": 0.0}}]
)
@pytest.mark.parametrize("held_out", ["none", "0.25"])
def test_runs_are_those_of_a_plain_train(
    spec: Make, corpus: Path, tmp_path: Path, held_out: str, phrases: dict[str, object]
) -> None:
    made = spec(held_out=held_out, grid=(2, 3), **phrases)
    sweep(made)
    trained_on = tmp_path / "trained_on"
    part = TrainingPart(0.25)
    for path in sorted(corpus.rglob("*.txt")):
        name = path.relative_to(corpus).as_posix()
        if held_out == "none" or part(name):
            write(trained_on, {name: path.read_bytes()})
    n_left_out = len(list(corpus.rglob("*.txt"))) - len(list(trained_on.rglob("*.txt")))
    assert (n_left_out > 0) == (held_out != "none")
    for topics, seed in ((2, 0), (3, 1)):
        settings = {"model_topics": topics, "training_seed": seed, **phrases}
        config = quick_config(trained_on, tmp_path / f"{topics}-{seed}", **settings)
        train(config)
        run = made.folder / "runs" / RunKey(topics, seed).name
        assert numbers(run) == numbers(Path(config.model.path))


def test_runs_and_best_are_models(spec: Make) -> None:
    made = spec(n_seeds=3)
    found, is_complete = sweep(made)
    assert is_complete
    for topics in made.grid:
        assert store.load(made.folder / "runs" / f"k{topics:03}-s2").n_topics == topics
    best = best_run(found)
    choice = json.loads((made.folder / "choice.json").read_text())
    assert choice["suggested"] == found.choice.topics
    assert (made.folder / "best").exists() == (best is not None)
    if best is not None:
        store.verify(made.folder / "best")
        assert numbers(made.folder / "best") == numbers(made.folder / choice["run"])


def test_scores_are_of_documents_that_were_not_trained_on(spec: Make, corpus: Path) -> None:
    made = spec(grid=(2, 3), n_seeds=1)
    sweep(made)
    run = made.folder / "runs" / "k002-s0"
    trained_on = (run / "documents.txt").read_text().split()
    names = sorted(path.relative_to(corpus).as_posix() for path in corpus.rglob("*.txt"))
    measures = json.loads((run / "result.json").read_text())["result"]["measures"]
    assert len(measures["held_out"]) == len(names) - len(trained_on) > 0
    assert all(value <= 0 for value in measures["held_out"])


def test_other_documents_may_be_held_out(spec: Make, corpus: Path, tmp_path: Path) -> None:
    write(tmp_path / "others", {"a.txt": "moon orbit planet moon anchor", "b.txt": "butter flour butter"})
    made = spec(grid=(2, 3), n_seeds=1, held_out=str(tmp_path / "others"))
    sweep(made)
    measures = json.loads((made.folder / "runs/k003-s0/result.json").read_text())["result"]["measures"]
    assert measures["held_out_tokens"] == [2, 1]
    write(tmp_path / "others", {"c.txt": "moon"})
    with pytest.raises(ConfigError, match="held_out"):
        sweep(made)


@pytest.mark.parametrize("n_events", [3, 17])
def test_stopped_in_a_pass_it_ends_with_the_same_bytes(spec: Make, n_events: int) -> None:
    left = n_events

    def stop(event: Event) -> None:
        nonlocal left
        left -= isinstance(event, PassDone)
        if not left:
            raise KeyboardInterrupt

    made = spec(grid=(2, 3, 4))
    with pytest.raises(KeyboardInterrupt):
        sweep(made, report=stop)
    assert (
        begun(made)[0]
        == [RunKey(2, 0), RunKey(4, 0), RunKey(3, 0), RunKey(2, 1), RunKey(4, 1)][(n_events - 1) // 4]
    )
    whole = spec(grid=(2, 3, 4), folder="whole")
    sweep(whole)
    assert everything(made.folder) == everything(whole.folder)


def test_stopped_between_model_and_result_it_does_not_train_again(
    spec: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = spec(grid=(2, 3), n_seeds=1)
    sweep(made)
    stamp = store.stamp(made.folder / "runs" / "k003-s0")
    (made.folder / "runs" / "k003-s0" / "result.json").unlink()
    assert begun(made) == [RunKey(3, 0)]
    assert store.stamp(made.folder / "runs" / "k003-s0") == stamp


def test_more_topics_and_seeds_add_what_is_missing(spec: Make) -> None:
    sweep(spec(grid=(2, 4), n_seeds=1))
    assert begun(spec(grid=(2, 3, 4), n_seeds=2)) == [RunKey(3, 0), RunKey(2, 1), RunKey(4, 1), RunKey(3, 1)]
    assert begun(spec(grid=(2, 3, 4), n_seeds=2)) == []
    whole = spec(folder="whole")
    sweep(whole)
    assert everything(spec().folder) == everything(whole.folder)


@pytest.mark.parametrize("spoil", ["result.json", "model.json", "phi"])
def test_damaged_run_is_made_again(spec: Make, spoil: str) -> None:
    made = spec(grid=(2, 3), n_seeds=1)
    sweep(made)
    before = everything(made.folder)
    run = made.folder / "runs" / "k003-s0"
    if spoil == "phi":  # another model has taken its place
        shutil.rmtree(run)
        settings = {"model_topics": 3, "training_seed": 5, "corpus_cache": "none"}
        config = quick_config(Path(made.config.corpus.path), run, **settings)
        train(config)
        shutil.copy(made.folder / "runs" / "k002-s0" / "result.json", run)
    else:
        (run / spoil).write_bytes((run / spoil).read_bytes()[:-30])
    assert begun(made) == [RunKey(3, 0)]
    assert everything(made.folder) == before


def test_another_corpus_or_config_is_refused(spec: Make, corpus: Path) -> None:
    sweep(spec(grid=(2, 3), n_seeds=1))
    with pytest.raises(ConfigError, match=r"model.eta was"):
        sweep(spec(model_eta=0.5))
    with pytest.raises(ConfigError, match="held_out was"):
        sweep(spec(held_out="none"))
    sweep(spec(grid=(2, 3), n_seeds=1, model_topics=7, training_seed=3, training_threads=2))
    write(corpus, {"space/new.txt": "moon orbit comet"})
    with pytest.raises(ConfigError, match=r"sweep.json: is of another sweep: the corpus is another one"):
        sweep(spec(grid=(2, 3), n_seeds=1))


def test_jobs_change_no_byte(spec: Make) -> None:
    sweep(spec(grid=(2, 3), n_seeds=1, folder="one"))
    sweep(spec(grid=(2, 3), n_seeds=1, folder="two"), n_jobs=2)
    assert everything(spec(folder="one").folder) == everything(spec(folder="two").folder)


def test_time_limit_stops_it_and_it_goes_on(spec: Make) -> None:
    made = spec(grid=(2, 3), training_max_minutes=1e-9)
    _, is_complete = sweep(made)
    assert not is_complete
    made = spec(grid=(2, 3), training_max_minutes=None)
    assert sweep(made)[1]
    whole = spec(grid=(2, 3), folder="whole")
    sweep(whole)
    assert everything(made.folder) == everything(whole.folder)


def test_one_sweep_of_a_folder_at_a_time(spec: Make) -> None:
    made = spec()
    with hold(made.folder / ".lock", "x"), pytest.raises(BusyError, match="sweep: process"):
        sweep(made)


def test_sweep_inside_the_corpus_is_no_document(spec: Make, corpus: Path) -> None:
    made = spec(grid=(2, 3), n_seeds=1, folder="corpus/sweep")
    sweep(made)
    assert begun(made._replace(n_seeds=2)) == [RunKey(2, 1), RunKey(3, 1)]


def test_what_is_no_sweep_is_left_alone(spec: Make) -> None:
    made = spec()
    write(made.folder, {"mine.txt": "x"})
    with pytest.raises(OutputError, match=r"contains 'mine.txt', and is no sweep"):
        sweep(made)
    write(made.folder, {"sweep.json": "{"})
    with pytest.raises(ModelError, match=r"sweep.json: damaged"):
        sweep(made)


def test_list_of_alphas_and_standard_input_are_refused(spec: Make) -> None:
    with pytest.raises(ConfigError, match=r"model.alpha must be auto or a number"):
        sweep(spec(model_alpha=[0.1, 0.2]))
    with pytest.raises(ConfigError, match=r"model.background must be less than .* topics, 2, not 2"):
        sweep(spec(grid=(2, 5), model_topics=5, model_background=2))
    with pytest.raises(ConfigError, match="standard input"):
        sweep(spec()._replace(corpus=("-",)))


def test_picture_is_xml_with_text_as_text(spec: Make) -> None:
    made = spec(n_seeds=3)
    found, _ = sweep(made)
    root = ET.parse(made.folder / "sweep.svg").getroot()
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "How many topics?" in texts
    assert {"2", "3", "4"} <= set(texts)
    assert any(text and text.startswith("stable: ") for text in texts)
    assert root.find("{http://www.w3.org/2000/svg}desc").text == found.choice.words  # type: ignore[union-attr]
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        *("svg", "title", "desc", "rect", "text", "line", "polygon", "polyline", "circle")
    }


def test_spectral_is_zero_when_sizes_and_spectrum_agree(spec: Make) -> None:
    made = spec(grid=(2, 3), n_seeds=1, held_out="none")
    found, _ = sweep(made)
    model = store.load(made.folder / "runs" / "k003-s0")
    assert model.documents is not None
    a = np.sqrt(np.linalg.eigvalsh(model.phi.astype(float) @ model.phi.T.astype(float)))[::-1]
    b = np.sort(np.asarray(model.documents.lengths) @ np.asarray(model.documents.theta, float))[::-1]
    a, b = a / a.sum(), b / b.sum()
    expected = (a * np.log(a / b)).sum() + (b * np.log(b / a)).sum()
    assert found.values("spectral", 3) == [pytest.approx(expected, rel=1e-6)]


def test_aic_is_that_of_its_definition(spec: Make, corpus: Path) -> None:
    made = spec(grid=(2, 3), n_seeds=1, held_out="none")
    found, _ = sweep(made)
    model = store.load(made.folder / "runs" / "k003-s0")
    assert model.documents is not None
    p = np.asarray(model.documents.theta, float) @ model.phi.astype(float)
    log_p = 0.0
    for row, name in enumerate(model.documents.ids()):
        for word in (corpus / name).read_text().strip(".\n").split():
            log_p += np.log(p[row, model.vocabulary.index(word)])
    expected = ((len(model.vocabulary) - 1) * 3 - log_p) / model.n_tokens
    assert found.values("aic", 3) == [pytest.approx(expected, rel=1e-6)]


def test_done_runs_are_told(spec: Make) -> None:
    seen: list[Event] = []
    sweep(spec(grid=(2, 3), n_seeds=1), report=seen.append)
    assert [event.run for event in seen if isinstance(event, Done)] == [RunKey(2, 0), RunKey(3, 0)]
