"""From a corpus to a fit: the passes of the engine, with checkpoints, a time limit and signals."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..cluster import Cluster
from ..config import Config
from ..corpus.terms.rows import IntArray
from ..corpus.terms.vocabulary import PruningReport
from ..corpus.training_corpus import StoredCounts, TrainingCorpus
from ..disk.spill import Spill, folder_beside
from ..engine.arrays import Float, Float32, Float64, Int32
from ..engine.counts import Keep, as_counts, keep_in_memory
from ..engine.estep import Map
from ..engine.log_linear import Uncertainty
from ..engine.minibatches import InOneProcess, Make
from ..engine.record import PassRecord
from ..engine.settings import Settings
from ..engine.sharded import Sharded
from ..engine.starts import Starts
from ..engine.theta_prior import Groups, ThetaPrior
from ..engine.threads import threads
from ..errors import ClusterError, Interrupted, ModelError
from ..signals import held_back
from . import events
from .algorithms import ALGORITHMS
from .beginning import Beginning
from .elsewhere import Elsewhere, Usage
from .events import Figures
from .outcome import outcome
from .run import Run, StaleError
from .settings import settings_for
from .shards import Here, ShardFiles, shard_folder

# Of the last pass, in the status; the second are those of a cluster.
_IN_STATUS = ("bound_per_token", "perplexity_bound")
_OF_CLUSTER = ("workers", "bytes_moved", "not_computing")


class Fit(NamedTuple):
    """The result of the engine.

    terms, term_counts, pruning : of the corpus, as in `TrainingCorpus`
    phi : (K, V) float32; alpha : (K,); eta : the prior of phi
    topic_counts : (K,) float64, expected tokens of each topic; theta : (D, K), rows sum to one
    n_tokens : (D,) int32, tokens of each document
    npmi : K numbers; None for a topic with fewer than two words
    history : a mapping for each pass, and one for the result
    is_complete : False if the time limit came before the last pass
    coefficients : of the groups' alpha, (K, F), and how exactly they are known; None without groups
    """

    terms: tuple[str, ...]
    term_counts: IntArray
    pruning: PruningReport
    phi: Float32
    alpha: Float64
    eta: float
    topic_counts: Float64
    theta: Float
    n_tokens: Int32
    npmi: tuple[float | None, ...]
    figures: Figures
    history: list[dict[str, Any]]
    is_complete: bool
    coefficients: tuple[Float64, Uncertainty] | None = None


@contextmanager
def fit(
    make_corpus: Callable[[], tuple[TrainingCorpus, Beginning]],
    config: Config,
    identity: Mapping[str, Any],
    run: Run,
    report: events.Listener,
    *,
    resume: bool,
    deadline: float | None,
    groups: Groups | None = None,
    cluster: Cluster | None = None,
) -> Iterator[Fit]:
    """Train on a corpus. The block saves the model; if a signal ends it before that, a checkpoint is kept.

    make_corpus : makes the corpus, which is deleted as soon as the training has its own copy of the counts,
        and what is known of the topics
    identity : plain data, which must equal that of a checkpoint to go on from it
    resume : whether to go on from a checkpoint
    deadline : in seconds of time.monotonic(); the training stops there, but not before its first pass
    groups : of the documents, with a row of alpha each; None for one alpha
    cluster : that visits the shards; None for this process

    Raises OutputError if a checkpoint or a temporary file cannot be written, Interrupted after a signal.
    """
    folder = folder_beside(Path(config.model.path))  # it has room for the model, and is not a tmpfs
    corpus, beginning = make_corpus()
    settings = settings_for(config, corpus.sizes, as_counts(corpus.counts), beginning)
    settings = replace(settings, groups=groups)
    del beginning
    terms, term_counts, pruning, n_tokens = corpus.terms, corpus.term_counts, corpus.pruning, corpus.n_tokens
    with ExitStack() as shards, ExitStack() as stack:
        parallel = stack.enter_context(threads(config.training.threads))
        keep = stack.enter_context(_keeping(corpus, folder))
        # until no checkpoint is wanted any more
        make, elsewhere = shards.enter_context(_in_shards(settings, run, parallel, cluster))
        training = ALGORITHMS[config.training.algorithm].trainer(
            corpus.counts, settings, parallel, keep, make
        )
        if isinstance(corpus.counts, StoredCounts):
            corpus.counts.close()
        del corpus  # the training has its own copy of the counts
        report(events.Started(settings, training.contribution_bytes))
        inference = config.inference
        starts = Starts(
            training, settings.n_starts, settings.guards, inference.tolerance, inference.max_iterations
        )
        passes = _Passes(starts, identity, run, report, elsewhere)
        if resume:
            passes.restore()
        with passes.kept_if_stopped():
            is_complete = passes.make(config.training.checkpoint_minutes, deadline)
            report(events.Trained())
            run.status.write("saving")
            best = {"start": starts.settle()} if settings.n_starts > 1 else {}
            phi, gamma, npmi, figures, warnings = outcome(training, settings, inference)
            stack.close()
            for warning in warnings:
                report(events.Warned(warning))
            topic_counts = _expected_tokens(gamma, training.theta_prior)
            # theta, in the same memory; divided in float64, so that `infer` prints the same digits
            np.divide(
                gamma, gamma.sum(axis=1, keepdims=True, dtype=np.float64), out=gamma, casting="same_kind"
            )
            yield Fit(
                terms,
                term_counts,
                pruning,
                phi,
                training.alpha,
                settings.eta,
                topic_counts,
                gamma,
                n_tokens,
                npmi,
                figures,
                [*passes.history, {"result": True, **best, **figures._asdict()}],
                is_complete,
                None
                if groups is None
                else (training.theta_prior.coefficients, training.theta_prior.uncertainty()),
            )


class _Passes:
    """The passes of a training, and its checkpoints.

    history : a mapping for each pass, also those of earlier runs
    """

    def __init__(
        self,
        starts: Starts,
        identity: Mapping[str, Any],
        run: Run,
        report: events.Listener,
        elsewhere: Elsewhere | None,
    ) -> None:
        self.history: list[dict[str, Any]] = []
        self._starts, self._identity, self._run, self._report = starts, identity, run, report
        self._elsewhere = elsewhere
        self._is_stopped = False

    def restore(self) -> None:
        """Go on from a checkpoint, if there is one; warn if it is not used. Raises ModelError."""
        try:
            checkpoint = self._run.checkpoint(self._identity)
        except StaleError as why:
            self._report(events.Warned(f"the checkpoint of an earlier run is not used: {why}"))
            return
        if checkpoint is None:
            return
        with closing(checkpoint):
            try:
                self._starts.go_on_from(checkpoint.facts["starts"], checkpoint.fill)
                self.history = _history(checkpoint.facts["history"], self._starts.n_records)
            except (KeyError, TypeError, ValueError, OSError) as error:
                # its checksum is right, but its content is not, or the disk fails
                raise ModelError(
                    f"{checkpoint.path}: damaged ({error}); use --no-resume to start over"
                ) from error
        self._report(events.Resumed(self._starts.n_records))

    def make(self, checkpoint_minutes: float, deadline: float | None) -> bool:
        """Make passes until all are done, or until the deadline; return whether all are done.

        After a signal it keeps a checkpoint, between two minibatches, and raises Interrupted.
        """
        starts, run = self._starts, self._run
        began, share_before = time.monotonic(), starts.share_done
        with held_back() as signals:
            self._write_status("training")
            try:
                for record in starts.steps():
                    if record is not None:
                        usage = None if self._elsewhere is None else self._elsewhere.usage()
                        self.history.append(history_line(record, usage))
                        self._report(events.PassDone(record, usage))
                    self._write_status("training", _foreseen(began, share_before, starts.share_done))
                    if signals.came is not None:
                        self._stop()
                        break
                    is_over = deadline is not None and time.monotonic() >= deadline
                    if is_over and starts.n_records and starts.share_done < 1:
                        self._keep()
                        return False
                    if run.is_due(checkpoint_minutes):
                        self._keep()
            except Interrupted:  # by a signal, while the workers of a cluster were away
                self._stop()
        if signals.came is not None:
            raise Interrupted("a signal came")
        return True

    @contextmanager
    def kept_if_stopped(self) -> Iterator[None]:
        """Write a checkpoint if a signal or a cluster ends the block before the model is saved."""
        try:
            yield
        except BaseException as error:
            is_error = isinstance(error, Exception) and not isinstance(error, ClusterError)
            if not is_error and not self._is_stopped and not self._run.is_over:
                self._stop()
            raise

    def _stop(self) -> None:
        self._is_stopped = True
        if self._keep():
            self._write_status("stopped")
            self._report(events.Stopped(self._starts.n_records))

    def _keep(self) -> bool:
        """Write a checkpoint, unless a minibatch was interrupted; return whether it was written."""
        state = self._starts.state()
        if state is not None:
            facts = {"starts": state.facts, "history": self.history}
            self._run.keep(self._identity, facts, state.arrays)
        return state is not None

    def _write_status(self, state: str, left: float | None = None) -> None:
        """Write the status: how far it is."""
        passes = {"passes": self._starts.n_planned, "passes_done": self._starts.n_records}
        line = self.history[-1] if self.history else {}
        last = {name: line[name] for name in (*_IN_STATUS, *_OF_CLUSTER) if name in line}
        self._run.status.write(state, left, **passes, **last)


def _foreseen(began: float, share_before: float, share: float) -> float | None:
    """Return the estimated seconds to the end; None if nothing was done since `began`.

    began : in seconds of time.monotonic()
    share_before, share : of the work, done by then and by now
    """
    if share <= share_before:
        return None
    return (time.monotonic() - began) * (1 - share) / (share - share_before)


def _keeping(corpus: TrainingCorpus, folder: Path) -> AbstractContextManager[Keep]:
    """Where the training keeps its copy of the counts: on disk if those of the corpus are."""
    return Spill(folder) if isinstance(corpus.counts, StoredCounts) else nullcontext(keep_in_memory)


@contextmanager
def _in_shards(
    settings: Settings, run: Run, parallel: Map, cluster: Cluster | None
) -> Iterator[tuple[Make, Elsewhere | None]]:
    """Where the minibatches of the training are, in memory or in shards; and what visits these elsewhere."""
    if settings.n_shards == 1:
        yield InOneProcess, None
        return
    with shard_folder(run.shards) as folder:
        elsewhere = None if cluster is None else Elsewhere(cluster, folder, settings.n_shards)
        runner = elsewhere or Here(parallel)
        shards = ShardFiles(folder, len(settings.alpha), runner)
        yield (
            lambda counts, parts, settings, prior, *_: Sharded(counts, parts, settings, prior, shards),
            elsewhere,
        )


def _expected_tokens(gamma: Float, prior: ThetaPrior) -> Float64:
    """Return sum_d (gamma_dt - alpha_dt), (K,), without a copy of gamma."""
    total: Float64 = gamma.sum(axis=0, dtype=np.float64) - prior.sum_over(len(gamma))
    return total.clip(0)


def _history(lines: Sequence[Mapping[str, Any]], n_passes: int) -> list[dict[str, Any]]:
    """Return the history of a checkpoint. Raises ValueError if a pass or a number is missing."""
    found = [dict(line) for line in lines]
    if len(found) != n_passes or not all(isinstance(line.get("pass"), int) for line in found):
        raise ValueError("its history does not have a line for each pass")
    for line in found:
        bound_per_token, perplexity = (line[name] for name in _IN_STATUS)
        if not _is_number(bound_per_token) or not (perplexity is None or _is_number(perplexity)):
            raise ValueError("a number in its history is missing or not finite")
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def history_line(record: PassRecord, usage: Usage | None = None) -> dict[str, Any]:
    """Return the line of a pass in history.jsonl and in the log."""
    return {
        **({"start": record.start} if record.start else {}),
        "pass": record.number,
        **({"e_step": "collapsed"} if record.plan.collapsed else {}),
        **({"melted": True} if record.melted else {}),
        "power": record.plan.power,
        "bound_per_token": record.bound_per_token,
        "perplexity_bound": record.perplexity_bound,
        "seconds": round(record.seconds, 3),
        "documents_per_second": round(record.n_documents / record.seconds, 1),
        **({} if usage is None else _of_cluster(usage)),
    }


def _of_cluster(usage: Usage) -> dict[str, Any]:
    return dict(zip(_OF_CLUSTER, (usage.workers, usage.moved, round(usage.waiting, 3)), strict=True))
