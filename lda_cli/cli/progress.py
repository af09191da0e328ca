"""How a training goes, on standard error: nothing, a bar and warnings, or a line a step."""

import time
from collections.abc import Sequence
from typing import NoReturn

from tqdm import tqdm

from ..corpus.files import STDIN, printable
from ..corpus.reading import Reading
from ..corpus.report import Report
from ..corpus.training_corpus import Sizes, TrainingCorpus
from ..corpus.vocabulary import Amount, PruningReport
from ..depfile import Written
from ..engine.em import PassRecord, Settings
from ..model.model import Model
from ..progress import Progress
from ..running.lock import Holder
from .terminal import say


def progress(talk: str | None) -> Progress:
    """The observer for --quiet, for --verbose, or for neither."""
    return {"quiet": Progress, "verbose": Lines, None: Bar}[talk]()


def tell(report: Report, names: int = 1) -> None:
    """Say what the readers left out, replaced or met again, with the first `names` of each."""
    for count, examples, done in (
        (report.n_skipped, report.skipped, "skipped"),
        (report.n_replaced, report.replaced, "read with replaced bytes"),
        (report.n_repeated, report.repeated, "read under an id that came before"),
    ):
        if count:
            say(f"{count} {done}, the first: {examples[0]}")
            for example in examples[1:names]:
                say(f"{done}: {example}")


def _passes(number: int) -> str:
    return f"{number} pass{'' if number == 1 else 'es'}"


def tell_of_depfile(written: Written) -> None:
    """Say what Make will not notice."""
    if written.unwritable:
        n_names, first = len(written.unwritable), printable(written.unwritable[0])
        say(f"Make will not notice changes of {n_names} files that it could not name, the first: {first}")
    for folder in written.unwatched:
        say(f"Make will not notice new files in {printable(folder)}, which the training itself changes")


def _tell_of_files(reading: Reading) -> None:
    """Say what was not read, because it is known."""
    n_known = reading.n_files - reading.n_read
    if n_known:
        which = f"{n_known} files" if n_known == reading.n_files else f"{n_known} of {reading.n_files} files"
        read = "nothing is read" if n_known == reading.n_files else f"{reading.n_read} files are read"
        say(f"{read}: {which} did not change since they were counted")


class _Told(Progress):
    """What a user should know, bar or not."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    def unchanged(self, path: str) -> None:
        say(f"{path} is up to date, nothing is done")

    def waiting(self, holder: Holder | None) -> None:
        who = "another process" if holder is None else f"process {holder.process} on {holder.host}"
        say(f"waiting for {who}, which trains the model")

    def going_on(self, n_passes: int) -> None:
        say(f"an earlier training was stopped; this one goes on after {_passes(n_passes)}")

    def stopped(self, n_passes: int) -> None:
        say(f"stopped after {_passes(n_passes)}; the same command goes on from there")

    def saved(self, model: Model) -> None:
        kept = "kept" if model.is_complete else "the time is up, and as far as it came it is kept"
        say(
            f"{model.n_topics} topics of {model.n_documents} documents and {len(model.vocabulary)} terms "
            f"in {time.perf_counter() - self._began:.1f} s, {kept} in {model.config.model.path}"
        )

    def warn(self, message: str) -> None:
        say(message)


class Bar(_Told):
    """On a terminal a bar, and anywhere what a user should know."""

    def __init__(self) -> None:
        super().__init__()
        self._bar: tqdm[NoReturn] = tqdm(desc="reading", unit=" documents", disable=None, leave=False)

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
            total=len(settings.schedule), desc="training", unit="pass", disable=None, leave=False
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
            say(of_format(given, kind))

    def reading(self, n_documents: int) -> None:
        if n_documents >= self._n_told + 10_000:
            self._n_told = n_documents
            say(f"{n_documents} documents read")

    def learned(self, n_pairs: int) -> None:
        self._n_told = 0
        say(f"{n_pairs} pairs of words make phrases")

    def read(self, corpus: TrainingCorpus, reading: Reading) -> None:
        _tell_of_files(reading)
        tell(reading.report, names=20)
        say(of_sizes(corpus.sizes))
        say(of_pruning(corpus.pruning))

    def started(self, settings: Settings, contribution_bytes: int) -> None:
        say(
            f"{len(settings.alpha)} topics, {len(settings.schedule)} passes at most from power "
            f"{settings.schedule[0].power:.3g}, eta {settings.eta:g}, alpha from {settings.alpha[0]:g}, "
            f"{settings.n_minibatches} minibatches in {contribution_bytes / 2**20:.0f} MiB"
        )

    def passed(self, record: PassRecord) -> None:
        say(
            f"pass {record.number}: bound per token {record.bound_per_token:.5f}, "
            f"perplexity {record.perplexity_bound:.1f}, {record.seconds:.2f} s"
        )


def of_format(given: str, kind: str) -> str:
    """Say how an input is read."""
    return f"{'standard input' if given == STDIN else given} is read as {kind}"


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


def _told(amount: Amount) -> str:
    return f"{amount.terms} terms, {amount.tokens} tokens"
