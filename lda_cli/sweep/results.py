"""What a sweep found, as files: results.tsv, by_topics.tsv, choice.json, sweep.svg, and best, a model.

All follow from the results of the runs alone, so a sweep that was stopped and went on writes the same bytes.
"""

import io
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..disk.atomic import BEING_WRITTEN, beside, cannot_write, whole_file
from ..disk.folders import whole_folder
from ..engine.arrays import Float64, Int64
from ..model import description
from ..model.opened import read_folder
from ..table_text import csv_rows
from . import svg
from .agreement import Agreement, Agreements
from .plan import RunKey
from .rule import Choice, Curves, choose
from .runs import Result

BEST = "best"
_RUN_COLUMNS = ("topics", "seed", "agreement", "held_out", "aic", "spectral", "npmi", "diversity")
_MEASURES = _RUN_COLUMNS[2:]


class Summary(NamedTuple):
    """The runs that are done, by number of topics.

    rows : a mapping for each run, in order, by the names of results.tsv; None for what is not known
    agreement : of each number of topics with two runs or more
    """

    rows: Sequence[Mapping[str, float | None]]
    agreement: Mapping[int, Agreement]
    choice: Choice

    @property
    def grid(self) -> list[int]:
        """The numbers of topics."""
        return sorted({int(row["topics"] or 0) for row in self.rows})

    def values(self, measure: str, topics: int) -> list[float]:
        """The known values of a measure, of each seed."""
        found = (row[measure] for row in self.rows if row["topics"] == topics)
        return [value for value in found if value is not None]

    def curve(self, measure: str) -> dict[int, float]:
        """The mean over seeds by number of topics."""
        found = {topics: self.values(measure, topics) for topics in self.grid}
        return {topics: float(np.mean(values)) for topics, values in found.items() if values}


def summary(results: Iterable[Result], agreements: Agreements) -> Summary:
    """Compare the runs that are done."""
    results = sorted(results, key=lambda result: result.key)
    agreement: dict[int, Agreement] = {}
    for topics in sorted({result.key.topics for result in results}):
        words = {result.key.seed: result.words for result in results if result.key.topics == topics}
        if (found := agreements.of(topics, words)) is not None:
            agreement[topics] = found
    rows = [_row(result, agreement.get(result.key.topics)) for result in results]
    partial = Summary(rows, agreement, Choice(None, (), ""))
    curves = Curves(
        partial.grid,
        {topics: found.mean for topics, found in agreement.items()},
        partial.curve("spectral"),
        partial.curve("aic"),
        _held_out(results),
        _tokens(results),
    )
    return partial._replace(choice=choose(curves))


def _row(result: Result, agreement: Agreement | None) -> dict[str, float | None]:
    measures = result.measures
    scores, n_tokens = measures.held_out, sum(measures.held_out_tokens or ())
    return {
        "topics": result.key.topics,
        "seed": result.key.seed,
        "agreement": None if agreement is None else agreement.of(result.key.seed),
        "held_out": sum(scores) / n_tokens if scores and n_tokens else None,
        "aic": measures.aic,
        "spectral": measures.spectral,
        "npmi": measures.npmi,
        "diversity": measures.diversity,
    }


def _held_out(results: Sequence[Result]) -> dict[int, Float64]:
    """Return the mean log p of each held-out document over seeds, by number of topics."""
    found: dict[int, list[tuple[float, ...]]] = {}
    for result in results:
        if result.measures.held_out:
            found.setdefault(result.key.topics, []).append(result.measures.held_out)
    return {topics: np.mean(np.array(scores), axis=0) for topics, scores in found.items()}


def _tokens(results: Sequence[Result]) -> Int64 | None:
    """Return the tokens of each held-out document that are scored, the same for all runs."""
    found = (result.measures.held_out_tokens for result in results)
    first = next(filter(None, found), None)
    return None if first is None else np.array(first, np.int64)


def write(folder: Path, found: Summary, is_complete: bool) -> None:
    """Write the files, and replace or remove the best model. Raises OutputError."""
    _write(folder / "results.tsv", _table([_RUN_COLUMNS, *_run_rows(found)]))
    _write(folder / "by_topics.tsv", _table(list(by_topics(found))))
    _write(folder / "sweep.svg", svg.drawn(found))
    best = best_run(found)
    choice = {
        "suggested": found.choice.topics,
        "words": found.choice.words,
        "rules": {pick.rule: {"topics": pick.topics, "edge": pick.at_edge} for pick in found.choice.picks},
        "run": None if best is None else f"runs/{best.name}",
        "runs": len(found.rows),
        "complete": is_complete,
    }
    _write(folder / "choice.json", json.dumps(choice, indent=2, allow_nan=False) + "\n")
    _set_best(folder, best)


def best_run(found: Summary) -> RunKey | None:
    """Return, of the number of topics that is suggested, the run that is most like the others."""
    topics = found.choice.topics
    return None if topics is None else RunKey(topics, found.agreement[topics].medoid)


def _run_rows(found: Summary) -> Iterable[Sequence[str]]:
    return ([_text(row[name]) for name in _RUN_COLUMNS] for row in found.rows)


def by_topics(found: Summary) -> Iterable[Sequence[str]]:
    """Yield the rows of by_topics.tsv, with their header: the mean and standard deviation of each measure."""
    of_measures = [name + end for name in _MEASURES for end in ("", "_sd", "_n")]
    yield ["topics", "runs", *of_measures, "topics_again"]
    for topics in found.grid:
        agreement = found.agreement.get(topics)
        cells = [str(topics), str(sum(row["topics"] == topics for row in found.rows))]
        for name in _MEASURES:
            values = found.values(name, topics)
            mean, spread, n = (float(np.mean(values)) if values else None), _sd(values), len(values)
            if name == "agreement" and agreement is not None:  # over pairs of runs, not over runs
                mean, spread, n = agreement.mean, agreement.spread, len(agreement.pairs)
            cells += [_text(mean), _text(spread), str(n)]
        yield [*cells, _text(None if agreement is None else agreement.again)]


def _sd(values: Sequence[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.7g}"


def _table(rows: Iterable[Sequence[str]]) -> str:
    stream = io.StringIO()
    write_row = csv_rows(stream, "\t")
    for row in rows:
        write_row(row)
    return stream.getvalue()


def _write(path: Path, text: str) -> None:
    with whole_file(path) as file:
        file.write(text.encode())


def _set_best(folder: Path, best: RunKey | None) -> None:
    """Make DIR/best the model of a run, by links to its files where the file system has links."""
    place = folder / BEST
    if best is None:
        if place.exists():
            with cannot_write(place):
                leftover = beside(place, BEING_WRITTEN)
                os.rename(place, leftover)
                shutil.rmtree(leftover)
        return
    run = folder / "runs" / best.name
    names = read_folder(run, [description.NAME], lambda opened: list(opened.description()["files"]))
    if _is_same(run / description.NAME, place / description.NAME):
        return
    with whole_folder(place) as new:
        for name in (*names, description.NAME):
            _first_that_works([os.link, shutil.copy2], run / name, new / name)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.read_bytes() == other.read_bytes()
    except OSError:
        return False


def _first_that_works(ways: Sequence[Callable[[Path, Path], object]], source: Path, target: Path) -> None:
    *others, last = ways
    for way in others:
        try:
            way(source, target)
        except OSError:
            continue
        return
    last(source, target)
