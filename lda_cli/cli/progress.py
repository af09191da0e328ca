"""The progress of a training on standard error: nothing, a bar and warnings, or a line per step."""

import shlex
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import NoReturn

from tqdm import tqdm

from ..corpus.formats.table import FORMATS
from ..corpus.inputs.inputs import STDIN
from ..corpus.reading import Reading, Tally
from ..corpus.terms.vocabulary import Amount, PruningReport
from ..corpus.training_corpus import Sizes, TrainingCorpus
from ..engine.settings import Settings
from ..model.model import Model
from ..training import events
from ..training.elsewhere import Usage
from ..training.events import Event, Figures, Listener
from ..training.fit import history_line
from .amounts import amount_of_bytes
from .terminal import log, say, say_left_out, say_report

_NAMES = {"folder": "text", "lines": "text", "jsonl": "JSON lines", "mail": "mail", "mallet": "MALLET"}
_UNITS = {"file": "part", "line": "line", "record": "record", "row": "row"}


def progress(talk: str | None) -> Listener:
    """Return the listener for --quiet, --verbose, or neither."""
    if talk == "quiet":
        return events.ignore
    return _Lines() if talk == "verbose" else _Bar()


def _passes(number: int) -> str:
    return f"{number} pass{'' if number == 1 else 'es'}"


class _Common:
    """Messages that are printed with and without --verbose."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    def __call__(self, event: Event) -> None:
        """Print an event, if it is printed without --verbose too."""
        match event:
            case events.UpToDate(path):
                say(f"{path} is up to date, nothing to do", event="unchanged", model=path)
            case events.Waiting(holder):
                other = "another process" if holder is None else f"process {holder.process} on {holder.host}"
                facts = {} if holder is None else holder._asdict()
                say(f"waiting for {other}, which trains this model", event="waiting", **facts)
            case events.Resumed(n_passes):
                message = f"continuing a stopped training after {_passes(n_passes)}"
                say(message, event="going_on", passes=n_passes)
            case events.Stopped(n_passes):
                message = f"stopped after {_passes(n_passes)}; run the same command again to continue"
                say(message, level="warning", event="stopped", passes=n_passes)
            case events.Saved(model, figures):
                _say_saved(model, figures, time.perf_counter() - self._began)
            case events.Updated():
                _say_updated(event)
            case events.Warned(message):
                say(message, level="warning", event="warning")


def _say_saved(model: Model, figures: Figures, seconds: float) -> None:
    rest = "" if model.is_complete else "; time limit reached; run again with --force to continue"
    path = model.config.model.path
    say(
        f"{model.n_topics} topics of {model.n_documents} documents and {len(model.vocabulary)} terms "
        f"in {seconds:.1f} s, {_of_figures(figures)}, saved in {path}{rest}",
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


def _say_updated(update: events.Updated) -> None:
    """Say how far the topics moved, and what the new documents have that the model did not know."""
    moved, topic = update.moved, int(update.moved.argmax())
    new = f"; {number_of(update.n_terms, 'new term')}" if update.n_terms else ""
    say(
        f"topics moved by {moved.mean():.3f} on average, topic {topic} most ({moved[topic]:.3f}; 0 is not, 1 "
        f"wholly); {update.unknown:.1%} of the new words were unknown{new}",
        event="updated",
        moved=moved.tolist(),
        unknown=update.unknown,
        new_terms=update.n_terms,
    )
    if update.sources:
        model, *sources = map(shlex.quote, (update.path, *update.sources))
        command = f"lda-cli train -m {model} --start self --force {' '.join(sources)}"
        say(f"to fit all documents, with the same numbers: {command}", event="next", command=command)


class _Bar(_Common):
    """A bar, if standard error is a terminal, and the messages of `_Common`."""

    def __init__(self) -> None:
        super().__init__()
        tqdm.monitor_interval = 0  # no monitor thread: tqdm warns if it cannot start one
        self._is_off = True if log.form == "json" else None  # None: off unless on a terminal
        self._bar: tqdm[NoReturn] = tqdm(desc="reading", unit=" documents", disable=self._is_off, leave=False)

    def __call__(self, event: Event) -> None:
        super().__call__(event)
        match event:
            case events.DocumentsRead(n_documents):
                self._bar.update(n_documents - self._bar.n)
            case events.PhrasesLearned():
                self._bar.reset()
            case events.CorpusRead(_, reading):
                self._bar.close()
                _say_files(reading)
                _say_formats(reading)
                say_report(reading.report)
            case events.Started(settings):
                total = len(settings.schedule) * settings.n_starts
                self._bar = tqdm(total=total, desc="training", unit="pass", disable=self._is_off, leave=False)
            case events.PassDone(record):
                self._bar.set_postfix(bound=f"{record.bound_per_token:.4f}", refresh=False)
                self._bar.update()
            case events.Resumed(n_passes):
                self._bar.update(n_passes)
            case events.Trained():
                self._bar.close()


class _Lines(_Common):
    """A line per step."""

    def __init__(self) -> None:
        super().__init__()
        self._n_shown = 0

    def __call__(self, event: Event) -> None:
        super().__call__(event)
        match event:
            case events.Begun(formats):
                for given, kind in formats:
                    say(of_format(given, kind), event="input", input=given, format=kind)
            case events.DocumentsRead(n_documents) if n_documents >= self._n_shown + 10_000:
                self._n_shown = n_documents
                say(f"{n_documents} documents read", event="reading", documents=n_documents)
            case events.PhrasesLearned(n_pairs):
                self._n_shown = 0
                say(f"{n_pairs} pairs of words make phrases", event="phrases", pairs=n_pairs)
            case events.CorpusRead(corpus, reading):
                _say_corpus(corpus, reading)
            case events.Started(settings, contribution_bytes):
                _say_started(settings, contribution_bytes)
            case events.PassDone(record, usage):
                say(
                    f"pass {record.number}: bound per token {record.bound_per_token:.5f}, "
                    f"perplexity {_number(record.perplexity_bound, 1)}, {record.seconds:.2f} s"
                    f"{_of_cluster(usage)}",
                    event="pass",
                    **history_line(record, usage),
                )


def _of_cluster(usage: Usage | None) -> str:
    """What a cluster did in a pass, in words that follow the seconds."""
    if usage is None:
        return ""
    return (
        f"; {number_of(usage.workers, 'worker')}, {amount_of_bytes(usage.moved)} moved, "
        f"{usage.waiting:.0%} not computing"
    )


def _say_corpus(corpus: TrainingCorpus, reading: Reading) -> None:
    _say_files(reading)
    _say_formats(reading)
    say_report(reading.report, names=20)
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


def _say_files(reading: Reading) -> None:
    """Say how many files were not read because the cache has their counts."""
    n_known = reading.n_files - reading.n_read
    if n_known:
        message = f"read {reading.n_read} of {reading.n_files} files; the others are unchanged"
        say(message, event="files", files=reading.n_files, read=reading.n_read)


def _say_formats(reading: Reading) -> None:
    """Say what the files are by their names and first bytes, and the setting that changes it."""
    if not reading.formats:
        say_left_out(reading.report)
        return
    left_out = reading.report.left_out
    rest = f"; left out: {reading.report.left_out_in_words}" if left_out else ""
    documents = sum(tally.n_documents for tally in reading.formats.values())
    say(
        f"{number_of(documents, 'document')}{of_tallies(reading.formats)}{rest}",
        event="formats",
        documents=documents,
        formats={kind: tally._asdict() for kind, tally in reading.formats.items()},
        left_out=left_out,
    )


def of_tallies(formats: Mapping[str, Tally]) -> str:
    """What the documents of a corpus are, in words that follow their number."""
    match list(formats):
        case ["lines"]:
            return ", a line each; set corpus.format to folder for one document a file"
        case ["folder"]:
            tally = formats["folder"]
            each = (
                "a file each" if tally.n_files == tally.n_documents else f"parts of {tally.n_files:,} files"
            )
            return f", {each}; set corpus.format to lines for one document a line"
    by_number = sorted(formats.items(), key=lambda each: -each[1].n_documents)
    return ": " + ", ".join(_of_tally(kind, tally) for kind, tally in by_number)


def _of_tally(kind: str, tally: Tally) -> str:
    files = number_of(tally.n_files, f"{_NAMES.get(kind, kind.upper())} file")
    unit = FORMATS[kind].unit
    is_file_each = unit == "file" and tally.n_files == tally.n_documents
    return files if is_file_each else f"{number_of(tally.n_documents, _UNITS[unit])} of {files}"


def number_of(n: int, noun: str) -> str:
    """A number with its noun, in the plural where that is right."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _say_started(settings: Settings, contribution_bytes: int) -> None:
    say(
        f"{len(settings.alpha)} topics, {len(settings.schedule)} passes at most from power "
        f"{settings.schedule[0].power:.3g}, eta {settings.eta:g}, alpha from {settings.alpha[0]:g}, "
        f"{settings.n_minibatches} minibatches{of_shards(settings)} in {contribution_bytes / 2**20:.0f} MiB"
        f"{of_starts(settings)}",
        event="started",
        topics=len(settings.alpha),
        passes=len(settings.schedule),
        starts=settings.n_starts,
        eta=settings.eta,
        minibatches=settings.n_minibatches,
        shards=settings.n_shards,
    )


def of_format(given: str, kind: str) -> str:
    """How an input is read, in words."""
    return f"{'standard input' if given == STDIN else given} is read as {kind}"


def of_shards(settings: Settings) -> str:
    """The number of shards of a minibatch, if there are several."""
    return f" of {settings.n_shards} shards" if settings.n_shards > 1 else ""


def of_starts(settings: Settings) -> str:
    """The number of random starts, if there are several."""
    return f", {settings.n_starts} starts" if settings.n_starts > 1 else ""


def of_sizes(sizes: Sizes) -> str:
    """The size of a corpus, in words."""
    return (
        f"{sizes.n_documents} documents, {sizes.n_tokens} tokens of {sizes.n_terms} terms; "
        f"{sizes.n_documents - sizes.n_with_words} documents without a known term"
    )


def of_pruning(removed: PruningReport) -> str:
    """The terms (and tokens) that each rule of the vocabulary removed."""
    return (
        f"found {removed.found.terms} terms ({removed.found.tokens} tokens); "
        f"removed: stop_words {_shown(removed.stop_words)}, min_df {_shown(removed.min_df)}, "
        f"max_df {_shown(removed.max_df)}, max_terms {_shown(removed.max_terms)}"
    )


def _of_figures(figures: Figures) -> str:
    npmi = "" if figures.npmi is None else f", npmi {figures.npmi:.3f}"
    return f"perplexity {_number(figures.perplexity_bound, 1)}{npmi}"


def _number(value: float | None, decimals: int) -> str:
    """Format a number; None is one that no float can hold."""
    return "too large" if value is None else f"{value:.{decimals}f}"


def _shown(amount: Amount) -> str:
    return f"{amount.terms} ({amount.tokens})"
