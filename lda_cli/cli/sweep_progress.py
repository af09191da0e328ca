"""The progress of a sweep on standard error, and its table on standard output."""

import time
from collections.abc import Sequence
from typing import NoReturn

from tqdm import tqdm

from ..sweep import sweep
from ..sweep.plan import RunKey
from ..sweep.results import Summary
from ..training import events
from ..training.lock import Holder
from .terminal import log, say, say_left_out, say_report

_COLUMNS = (
    *(("agreement", "agreement", ".3f"), ("held_out", "held-out", ".4f"), ("aic", "aic", ".4f")),
    *(("spectral", "spectral", ".3f"), ("npmi", "npmi", ".3f")),
)


def waiting(holder: Holder | None) -> None:
    """Say that another process sweeps the folder."""
    other = "another process" if holder is None else f"process {holder.process} on {holder.host}"
    say(f"waiting for {other}, which sweeps this folder", event="waiting")


def progress(talk: str | None) -> sweep.Listener:
    """Return the listener for --quiet, --verbose, or neither."""
    return (lambda event: None) if talk == "quiet" else _Progress(talk == "verbose")


class _Progress:
    """A line for each training that is done with --verbose, else a bar on a terminal; each warning once."""

    def __init__(self, verbose: bool) -> None:
        tqdm.monitor_interval = 0  # no monitor thread: tqdm warns if it cannot start one
        self._verbose = verbose
        self._warned: set[str] = set()
        self._first: RunKey | None = None
        self._run: RunKey | None = None
        self._began: dict[RunKey, float] = {}
        self._n_done = self._n_all = 0
        self._bar: tqdm[NoReturn] | None = None

    def __call__(self, event: sweep.Event) -> None:
        """Show an event."""
        match event:
            case sweep.CorpusCounted(reading):
                say_left_out(reading.report)
                say_report(reading.report, names=20 if self._verbose else 1)
            case sweep.Planned(runs, done):
                self._plan(runs, done)
            case sweep.Begun(run):
                self._run = run
                self._first = self._first or run
                self._began[run] = time.perf_counter()
            case sweep.Done(run):
                self._done(run)
            case events.Resumed(n_passes):
                message = f"{self._name}: continuing after {n_passes} passes"
                say(message, event="going_on", passes=n_passes)
            case events.Stopped(n_passes):
                self._close()
                message = f"{self._name}: stopped after {n_passes} passes; run the same command to continue"
                say(message, level="warning", event="stopped", passes=n_passes)
            case events.Warned(message) if self._verbose or self._run == self._first:
                # those of other numbers of topics are mostly about that number
                if message not in self._warned:
                    self._warned.add(message)
                    say(message, level="warning", event="warning")

    @property
    def _name(self) -> str:
        return "" if self._run is None else self._run.name

    def _plan(self, runs: Sequence[RunKey], done: Sequence[RunKey]) -> None:
        self._n_all, self._n_done = len(runs), len(done)
        if done:
            say(f"{len(done)} of {len(runs)} trainings are done already", event="done_before", runs=len(done))
        if not self._verbose:
            # a training takes about as long as it has topics
            total = sum(run.topics for run in runs)
            is_off = True if log.form == "json" else None
            self._bar = tqdm(total=total, desc="topics trained", disable=is_off, leave=False)
            self._bar.update(sum(run.topics for run in done))

    def _done(self, run: RunKey) -> None:
        self._n_done += 1
        if self._verbose:
            seconds = time.perf_counter() - self._began[run]
            message = (
                f"{self._n_done} of {self._n_all}: {run.topics} topics, seed {run.seed}, {seconds:.1f} s"
            )
            say(message, event="run", topics=run.topics, seed=run.seed, seconds=round(seconds, 3))
        if self._bar is not None:
            self._bar.update(run.topics)
            if self._n_done == self._n_all:
                self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def text_table(found: Summary) -> str:
    """A line for each number of topics: means over seeds, and the rules that pick it."""
    rows = [["topics", "seeds", *(name for _, name, _ in _COLUMNS), "picked by"]]
    curves = {measure: found.curve(measure) for measure, _, _ in _COLUMNS}
    for topics in found.grid:
        cells = [str(topics), str(sum(row["topics"] == topics for row in found.rows))]
        for measure, _, form in _COLUMNS:
            value = curves[measure].get(topics)
            cells.append("-" if value is None else format(value, form))
        picks = [pick.rule for pick in found.choice.picks if pick.topics == topics]
        rows.append([*cells, ", ".join(picks)])
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "".join(
        "  ".join(
            [*(cell.rjust(width) for cell, width in zip(row[:-1], widths, strict=False)), row[-1]]
        ).rstrip()
        + "\n"
        for row in rows
    )
