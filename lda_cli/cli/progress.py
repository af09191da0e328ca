"""How a training goes, on standard error: nothing, a bar and warnings, or a line a step."""

import shlex
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import NoReturn

from tqdm import tqdm

from ..corpus.inputs.inputs import STDIN
from ..corpus.reading import Reading
from ..corpus.terms.vocabulary import Amount, PruningReport
from ..corpus.training_corpus import Sizes, TrainingCorpus
from ..engine.em import PassRecord, Settings
from ..model.model import Model
from ..training.events import Figures, Progress
from ..training.fit import history_line
from ..training.lock import Holder
from .terminal import log, say, tell


def progress(talk: str | None) -> Progress:
    """The observer for --quiet, for --verbose, or for neither."""
    return {"quiet": Progress, "verbose": Lines, None: Bar}[talk]()


def _passes(number: int) -> str:
    return f"{number} pass{'' if number == 1 else 'es'}"


def _tell_of_files(reading: Reading) -> None:
    """Say what was not read, because it is known."""
    n_known = reading.n_files - reading.n_read
    if n_known:
        which = f"{n_known} files" if n_known == reading.n_files else f"{n_known} of {reading.n_files} files"
        read = "nothing is read" if n_known == reading.n_files else f"{reading.n_read} files are read"
        told = f"{read}: {which} did not change since they were counted"
        say(told, event="files", files=reading.n_files, read=reading.n_read)


class _Told(Progress):
    """What a user should know, bar or not."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    def unchanged(self, path: str) -> None:
        say(f"{path} is up to date, nothing is done", event="unchanged", model=path)

    def waiting(self, holder: Holder | None) -> None:
        who = "another process" if holder is None else f"process {holder.process} on {holder.host}"
        told = f"waiting for {who}, which trains the model"
        say(told, event="waiting", **({} if holder is None else holder._asdict()))

    def going_on(self, n_passes: int) -> None:
        told = f"an earlier training was stopped; this one goes on after {_passes(n_passes)}"
        say(told, event="going_on", passes=n_passes)

    def stopped(self, n_passes: int) -> None:
        told = f"stopped after {_passes(n_passes)}; the same command goes on from there"
        say(told, level="warning", event="stopped", passes=n_passes)

    def saved(self, model: Model, figures: Figures) -> None:
        rest = "" if model.is_complete else "; the time is up; with --force the next run goes on from there"
        seconds, path = time.perf_counter() - self._began, model.config.model.path
        say(
            f"{model.n_topics} topics of {model.n_documents} documents and {len(model.vocabulary)} terms "
            f"in {seconds:.1f} s, {_of_figures(figures)}, kept in {path}{rest}",
            event="saved",
            model=path,
            is_complete=model.is_complete,
            topics=model.n_topics,
            documents=model.n_documents,
            terms=len(model.vocabulary),
            seconds=round(seconds, 3),
            **figures._asdict(),
        )
        command = f"lda-cli inspect -m {shlex.quote(path)}"
        say(f"to see them: {command}", event="next", command=command)

    def warn(self, message: str) -> None:
        say(message, level="warning", event="warning")


class Bar(_Told):
    """On a terminal a bar, and anywhere what a user should know."""

    def __init__(self) -> None:
        super().__init__()
        tqdm.monitor_interval = 0  # a thread for bars that stand still, and a warning where it cannot be had
        self._is_off = True if log.form == "json" else None  # None: where no terminal is
        self._bar: tqdm[NoReturn] = tqdm(desc="reading", unit=" documents", disable=self._is_off, leave=False)

    def reading(self, n_documents: int) -> None:
        self._bar.update(n_documents - self._bar.n)

    def learned(self, n_pairs: int) -> None:
        self._bar.reset()

    def read(self, corpus: TrainingCorpus, reading: Reading) -> None:
        self._bar.close()
        _tell_of_files(reading)
        tell(reading.report)

    def started(self, settings: Settings, contribution_bytes: int) -> None:
        self._bar = tqdm(
            total=len(settings.schedule) * settings.n_starts,
            desc="training",
            unit="pass",
            disable=self._is_off,
            leave=False,
        )

    def passed(self, record: PassRecord) -> None:
        self._bar.set_postfix(bound=f"{record.bound_per_token:.4f}", refresh=False)
        self._bar.update()

    def going_on(self, n_passes: int) -> None:
        super().going_on(n_passes)
        self._bar.update(n_passes)

    def trained(self) -> None:
        self._bar.close()


class Lines(_Told):
    """A line a step."""

    def __init__(self) -> None:
        super().__init__()
        self._n_told = 0

    def begun(self, formats: Sequence[tuple[str, str]]) -> None:
        for given, kind in formats:
            say(of_format(given, kind), event="input", input=given, format=kind)

    def reading(self, n_documents: int) -> None:
        if n_documents >= self._n_told + 10_000:
            self._n_told = n_documents
            say(f"{n_documents} documents read", event="reading", documents=n_documents)

    def learned(self, n_pairs: int) -> None:
        self._n_told = 0
        say(f"{n_pairs} pairs of words make phrases", event="phrases", pairs=n_pairs)

    def read(self, corpus: TrainingCorpus, reading: Reading) -> None:
        _tell_of_files(reading)
        tell(reading.report, names=20)
        sizes = corpus.sizes
        say(
            of_sizes(sizes),
            event="corpus",
            documents=sizes.n_documents,
            documents_with_terms=sizes.n_with_words,
            tokens=sizes.n_tokens,
            terms=sizes.n_terms,
        )
        say(of_pruning(corpus.pruning), event="vocabulary", **asdict(corpus.pruning))

    def started(self, settings: Settings, contribution_bytes: int) -> None:
        say(
            f"{len(settings.alpha)} topics, {len(settings.schedule)} passes at most from power "
            f"{settings.schedule[0].power:.3g}, eta {settings.eta:g}, alpha from {settings.alpha[0]:g}, "
            f"{settings.n_minibatches} minibatches in {contribution_bytes / 2**20:.0f} MiB"
            f"{of_starts(settings)}",
            event="started",
            topics=len(settings.alpha),
            passes=len(settings.schedule),
            starts=settings.n_starts,
            eta=settings.eta,
            minibatches=settings.n_minibatches,
        )

    def passed(self, record: PassRecord) -> None:
        say(
            f"pass {record.number}: bound per token {record.bound_per_token:.5f}, "
            f"perplexity {_number(record.perplexity_bound, 1)}, {record.seconds:.2f} s",
            event="pass",
            **history_line(record),
        )


def of_format(given: str, kind: str) -> str:
    """Say how an input is read."""
    return f"{'standard input' if given == STDIN else given} is read as {kind}"


def of_starts(settings: Settings) -> str:
    """Say how many random starts there are, if there are several."""
    return f", {settings.n_starts} starts" if settings.n_starts > 1 else ""


def of_sizes(sizes: Sizes) -> str:
    """Say how large a corpus is."""
    return (
        f"{sizes.n_documents} documents, {sizes.n_tokens} tokens of {sizes.n_terms} terms; "
        f"{sizes.n_documents - sizes.n_with_words} documents hold none of them"
    )


def of_pruning(removed: PruningReport) -> str:
    """Say what each rule of the vocabulary removed."""
    return (
        f"of {_told(removed.found)} of allowed length stop_words removed {_told(removed.stop_words)}; "
        f"min_df {_told(removed.min_df)}; max_df {_told(removed.max_df)}; "
        f"max_terms {_told(removed.max_terms)}"
    )


def _of_figures(figures: Figures) -> str:
    npmi = "" if figures.npmi is None else f", npmi {figures.npmi:.3f}"
    return f"perplexity {_number(figures.perplexity_bound, 1)}{npmi}"


def _number(value: float | None, decimals: int) -> str:
    """Say a number, or that no float holds it."""
    return "too large" if value is None else f"{value:.{decimals}f}"


def _told(amount: Amount) -> str:
    return f"{amount.terms} terms, {amount.tokens} tokens"
