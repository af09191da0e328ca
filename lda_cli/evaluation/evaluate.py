"""The use case of evaluation: model + reference corpus + held-out documents -> measures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..config import Config
from ..corpus.inputs.inputs import Inputs, settings_key
from ..corpus.inputs.report import Report
from ..engine.coherence import DEFINITION, WORDS
from ..engine.coherence_measures import HEADLINE, MEASURES
from ..engine.diversity import WORDS as WORDS_OF_DIVERSITY
from ..engine.diversity import inverted_rbo, topic_diversity
from ..engine.rbo import DEPTH
from ..engine.threads import threads
from ..errors import ConfigError, CorpusError
from ..inference import unreadable
from ..model.model import Model
from . import SECTIONS, Section
from .coherence import CorpusCoherence, coherences, topic_words
from .diagnostics import Diagnoser, TopicDiagnostics, of_phi
from .flags import Flag, flags_of
from .held_out import HeldOut, HeldOutChoice, held_out
from .measure import Measure


@dataclass(frozen=True)
class Choice:
    """What is measured.

    n_words : of a topic, for coherence; of several numbers, the mean over them
    sections : of SECTIONS
    """

    n_words: tuple[int, ...] = (WORDS,)
    sections: tuple[Section, ...] = SECTIONS
    held_out: HeldOutChoice = field(default_factory=HeldOutChoice)


@dataclass(frozen=True)
class Reference:
    """The documents that coherence and diagnostics are counted in.

    is_training : they are those of the training, as far as can be told
    definition : a key for all that makes two counts comparable: the documents, and how words are found
    """

    n_documents: int
    n_tokens: int
    fingerprint: str
    is_training: bool
    definition: str


@dataclass(frozen=True)
class Evaluation:
    """What was measured of a model.

    path : of its folder
    reference : None if there were no documents to count in
    measures : of each topic, by name, coherence first
    totals : diversity, inverted_rbo and unflagged; None for what is not defined
    flags : of each topic; None if not wanted
    notes : what could not be measured, and why: a line each
    """

    path: str
    model: Model
    choice: Choice
    reference: Reference | None
    measures: Mapping[str, Measure]
    totals: Mapping[str, float | None]
    diagnostics: TopicDiagnostics | None
    flags: tuple[tuple[Flag, ...], ...] | None
    held_out: HeldOut | None
    notes: tuple[str, ...]


def evaluate(
    path: str,
    model: Model,
    config: Config,
    corpus: Sequence[str] = (),
    held_out_paths: Sequence[str] = (),
    choice: Choice | None = None,
    report: Report | None = None,
) -> Evaluation:
    """Measure a model.

    config : says how documents are read; words are found as the model does
    corpus : paths of the reference; none for those of the training, if they can be read
    held_out_paths : of documents that the model was not trained on
    report : receives what was skipped, replaced or repeated

    Raises CorpusError and ConfigError as the readers do, and ModelError as `Model.tokenizer` does.
    """
    choice, report = choice or Choice(), report or Report()
    notes: list[str] = []
    scores = None
    if held_out_paths and "held-out" in choice.sections:
        scores = held_out(model, Inputs.of(config, held_out_paths), choice.held_out, report)
        if scores.copies:
            copies = (
                f"{scores.copies} of {scores.n_documents} documents have the words of a training document"
            )
            notes.append(f"--held-out: {copies}")
    found, diagnostics = _reference(model, config, corpus, choice, report, notes)
    measures: dict[str, Measure] = {}
    if "coherence" in choice.sections:
        measures |= _coherences(model, found, choice)
    wants_flags = "flags" in choice.sections
    if diagnostics is not None and "diagnostics" in choice.sections:
        measures |= diagnostics.measures
    flags = None
    if wants_flags:
        coherence = (found.measures["npmi"].values, found.lifts) if found else ()
        flags = flags_of(model, diagnostics or of_phi(model), *coherence)
    reference = None
    if found is not None:
        key = settings_key(found.fingerprint, config.corpus.split, model.config.tokenizer, model.phrases)
        reference = Reference(found.n_documents, found.n_tokens, found.fingerprint, not corpus, key)
    return Evaluation(
        path,
        model,
        choice,
        reference,
        measures,
        _totals(model, choice, flags),
        diagnostics,
        flags,
        scores,
        tuple(notes),
    )


def _reference(
    model: Model, config: Config, corpus: Sequence[str], choice: Choice, report: Report, notes: list[str]
) -> tuple[CorpusCoherence | None, TopicDiagnostics | None]:
    """Read the reference once, for coherence and diagnostics; without one, tell why."""
    if not {"coherence", "diagnostics", "flags"} & set(choice.sections):
        return None, None
    paths = tuple(corpus) or model.sources
    reason = unreadable(model) if not corpus else None
    if reason is None:
        try:
            found, diagnostics = _counted(model, Inputs.of(config, paths), choice, report)
            notes += _about(model, found, is_training=not corpus)
            return found, diagnostics
        except (CorpusError, ConfigError) as error:
            if corpus:
                raise
            reason = str(error)
    notes.append(f"no reference corpus, so that only Phi and the npmi of the training are told: {reason}")
    return None, of_phi(model)


def _about(model: Model, found: CorpusCoherence, *, is_training: bool) -> Iterator[str]:
    """Yield what is to be known of the reference."""
    if HEADLINE not in found.measures:
        yield "a bag of words has no windows of text: only measures over documents are told"
    if is_training and found.n_tokens != model.n_tokens and not model.updates:
        then = f"{found.n_tokens:,} known words, {model.n_tokens:,} then"
        yield f"the files of the training have changed since: {then}"


def _counted(
    model: Model, inputs: Inputs, choice: Choice, report: Report
) -> tuple[CorpusCoherence, TopicDiagnostics]:
    with threads(inputs.config.training.threads) as parallel:
        diagnoser = Diagnoser(model, inputs.config, parallel)
        found = coherences(model, inputs, n_words=choice.n_words, report=report, each=diagnoser.add)
        if not found.n_documents:
            raise CorpusError("no reference document has a word; check the paths")
        return found, diagnoser.result()


def _coherences(model: Model, found: CorpusCoherence | None, choice: Choice) -> dict[str, Measure]:
    """Return the measures of coherence; without documents, the npmi of the training."""
    if found is None:
        known = any(value is not None for value in model.npmi)
        return {"npmi": Measure(f"{DEFINITION}, of the training", model.npmi)} if known else {}
    words = f"{', '.join(map(str, choice.n_words))} words"
    return {
        name: Measure(f"{MEASURES[name].definition}, {words}", *values)
        for name, values in found.measures.items()
    }


def _totals(
    model: Model, choice: Choice, flags: tuple[tuple[Flag, ...], ...] | None
) -> dict[str, float | None]:
    totals: dict[str, float | None] = {}
    if "diagnostics" in choice.sections:
        words = topic_words(model, max(DEPTH, WORDS_OF_DIVERSITY))
        totals["diversity"] = topic_diversity([some[:WORDS_OF_DIVERSITY] for some in words])
        totals["inverted_rbo"] = inverted_rbo([some[:DEPTH] for some in words])
    if flags is not None:
        totals["unflagged"] = float(np.mean([not some for some in flags]))
    return totals
