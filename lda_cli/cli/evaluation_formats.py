"""What `lda-cli evaluate` prints: lines of totals and a row a topic for people, everything for programs."""

import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..engine.bootstrap import Interval, summary
from ..errors import safe
from ..evaluation.comparison import differences
from ..evaluation.definitions import FREX, HELD_OUT, MODEL
from ..evaluation.evaluate import Evaluation, Reference
from ..evaluation.flags import FLAGS
from ..evaluation.held_out import HeldOut
from ..evaluation.mallet_xml import mallet_xml
from ..evaluation.measure import Measure
from ..table_text import csv_rows, json_text
from . import tables

_IN_LINES = ("c_npmi", "c_v", "npmi")  # of coherence, for people
_IN_TABLE = {**dict.fromkeys((*_IN_LINES, FREX), 3), "eff_num_words": 1}  # name: decimals
_WORDS, _WORDS_OF_RECORDS = 6, 10


def _number(value: float | None, decimals: int = 3) -> str:
    return "-" if value is None or not math.isfinite(value) else f"{value:.{decimals}f}"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


# For people


def _text(found: Sequence[Evaluation]) -> str:
    return _for_people(found, "text", lambda name, line: f"{name:<11} {line}\n")


def _markdown(found: Sequence[Evaluation]) -> str:
    return _for_people(found, "markdown", lambda name, line: f"- {name}: {line}\n")


def _for_people(found: Sequence[Evaluation], form: str, line: Callable[[str, str], str]) -> str:
    parts = []
    for evaluation in found:
        parts.append("".join(line(name, text) for name, text in _totals(evaluation)))
    if len(found) > 1:
        table = _differences(found)
        if table.rows:
            parts.append(tables.FORMATS[form](table))
    elif found[0].measures or found[0].flags is not None:
        parts.append(tables.FORMATS[form](_topics(found[0])))
    return "\n".join(parts)


def _totals(evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    """Yield the lines of a model, each with its name."""
    model, measures = evaluation.model, evaluation.measures
    where = "" if evaluation.reference is None else f"; measured in {_documents(evaluation.reference)}"
    sizes = f"{model.n_topics} topics, {len(model.vocabulary):,} terms"
    yield "model", f"{safe(evaluation.path)}: {sizes}{where}"
    if evaluation.held_out is not None:
        yield "held-out", _held_out_line(evaluation.held_out)
    coherence = [_with_interval(name, measures[name], evaluation) for name in _IN_LINES if name in measures]
    if coherence:
        yield "coherence", ", ".join(coherence)
    numbers = {
        name: evaluation.totals[name] for name in ("diversity", "inverted_rbo") if name in evaluation.totals
    }
    if FREX in measures:
        numbers[FREX] = measures[FREX].mean
    if numbers:
        yield "topics", ", ".join(f"{name} {_number(value)}" for name, value in numbers.items())
    if evaluation.flags is not None:
        names = [
            name for name in FLAGS if any(flag.name == name for some in evaluation.flags for flag in some)
        ]
        n_flagged = sum(map(bool, evaluation.flags))
        kinds = f": {', '.join(names)}" if names else ""
        yield "flags", f"{n_flagged or 'none'} of {model.n_topics} topics{kinds}"


def _documents(reference: Reference) -> str:
    of = " of the training" if reference.is_training else ""
    return f"{reference.n_documents:,} documents{of}"


def _held_out_line(held_out: HeldOut) -> str:
    parts = []
    for name, scores in reversed(list(held_out.scores.items())):
        mean, error = scores.per_token()
        parts.append(f"{name} {_number(math.exp(-mean), 1)} ± {_number(math.exp(-mean) * error, 1)}")
    unknown = f"{held_out.unknown:.1%} of the words unknown"
    return f"{held_out.n_documents:,} documents, {unknown}; perplexity: {', '.join(parts)}"


def _with_interval(name: str, measure: Measure, evaluation: Evaluation) -> str:
    found = summary(measure.values, evaluation.choice.held_out.seed)
    if found is None:
        return f"{name} -"
    mean = found.mean
    return f"{name} {mean.value:.3f} ({mean.low:.3f} to {mean.high:.3f})"


def _topics(evaluation: Evaluation) -> tables.Table:
    """A row a topic; the name of a topic only if names were given."""
    model, measures = evaluation.model, evaluation.measures
    has_names = any(label.name is not None for label in model.labels.values())
    shown = {name: decimals for name, decimals in _IN_TABLE.items() if name in measures}
    header = [*tables.named_topic(model.names if has_names else ()), "share", *shown]
    header += ["documents"] * ("document_entropy" in measures) + ["words"]
    header += ["flags"] * (evaluation.flags is not None)
    rows = []
    for topic in model.topics(_WORDS):
        t = topic.number
        row = [str(t), *([safe(model.names[t])] if has_names else []), f"{topic.share:.1%}"]
        row += [_number(measures[name].values[t], decimals) for name, decimals in shown.items()]
        if "document_entropy" in measures:
            entropy = measures["document_entropy"].values[t]
            row.append(_number(None if entropy is None else math.exp(entropy), 1))
        row.append(" ".join(safe(term) for term, _ in topic.words))
        if evaluation.flags is not None:
            row.append(", ".join(map(str, evaluation.flags[t])))
        rows.append(row)
    return tables.Table(header, rows, [], [])


def _differences(found: Sequence[Evaluation]) -> tables.Table:
    rows = []
    for each in differences(found, found[0].choice.held_out.seed):
        numbers = [_number(value) for value in each.interval or (None, None, None)]
        rows.append([safe(each.model), each.name, *numbers, each.reason or _verdict(each.interval)])
    return tables.Table(
        (f"minus {safe(found[0].path)}", "measure", "difference", "low", "high", ""), rows, [], []
    )


def _verdict(interval: Interval | None) -> str:
    if interval is None or not math.isfinite(interval.low):
        return ""
    return "higher" if interval.low > 0 else "lower" if interval.high < 0 else "no clear difference"


# For programs


def _json(found: Sequence[Evaluation]) -> str:
    record: dict[str, Any] = {"models": [_record(evaluation) for evaluation in found]}
    if len(found) > 1:
        record["differences"] = [
            {"measure": each.name, "model": each.model, "minus": found[0].path}
            | _interval("value", each.interval)
            | {"reason": each.reason}
            for each in differences(found, found[0].choice.held_out.seed)
        ]
    return json_text(record)


def _record(evaluation: Evaluation) -> dict[str, Any]:
    model, seed = evaluation.model, evaluation.choice.held_out.seed
    reference = None if evaluation.reference is None else evaluation.reference
    return {
        "model": evaluation.path,
        "topics": model.n_topics,
        "terms": len(model.vocabulary),
        "reference": None
        if reference is None
        else {
            "documents": reference.n_documents,
            "tokens": reference.n_tokens,
            "is_training": reference.is_training,
            "fingerprint": reference.fingerprint,
            "definition": reference.definition,
        },
        "held_out": None if evaluation.held_out is None else _held_out(evaluation, evaluation.held_out),
        "totals": {
            name: {"definition": MODEL[name], "value": value} for name, value in evaluation.totals.items()
        },
        "measures": {
            name: {"definition": measure.definition} | _summary(measure, seed)
            for name, measure in evaluation.measures.items()
        },
        "flags": dict(FLAGS) if evaluation.flags is not None else None,
        "of_topics": list(_of_topics(evaluation)),
        "notes": list(evaluation.notes),
    }


def _summary(measure: Measure, seed: int) -> dict[str, Any]:
    found = summary(measure.values, seed)
    return _interval("mean", found and found.mean) | _interval("median", found and found.median)


def _interval(name: str, interval: Interval | None) -> dict[str, float | None]:
    value, low, high = map(_finite, interval or (math.nan,) * 3)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _held_out(evaluation: Evaluation, held_out: HeldOut) -> dict[str, Any]:
    choice = evaluation.choice.held_out
    settings: Mapping[str, dict[str, Any]] = {
        "completion": {"estimator": choice.estimator},
        "left_to_right": {
            "particles": choice.n_particles,
            "resample": "all" if choice.n_resampled >= 1 << 62 else choice.n_resampled,
            "error_of_particles": _finite(held_out.particles),
        },
    }
    scores = {}
    for name, each in held_out.scores.items():
        mean, error = each.per_token()
        scores[name] = {
            "definition": HELD_OUT[name],
            "per_token": _finite(mean),
            "error": _finite(error),
            "perplexity": _finite(math.exp(-mean)) if math.isfinite(mean) else None,
            "tokens": int(each.n_tokens.sum()),
            **settings.get(name, {}),
        }
    return {
        "documents": held_out.n_documents,
        "without_known_words": held_out.n_without,
        "tokens": held_out.n_tokens,
        "unknown": held_out.unknown,
        "copies_of_training": held_out.copies,
        "fingerprint": held_out.fingerprint,
        "seed": choice.seed,
        "scores": scores,
    }


def _of_topics(evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    model, measures = evaluation.model, evaluation.measures
    missing = next((each.missing for each in measures.values() if each.missing is not None), None)
    for topic in model.topics(_WORDS_OF_RECORDS):
        t = topic.number
        record: dict[str, Any] = {"topic": t, "name": model.names[t], "share": topic.share}
        record |= {name: measure.values[t] for name, measure in measures.items()}
        record |= {} if missing is None else {"missing_words": missing[t]}
        if evaluation.flags is not None:
            record["flags"] = [
                {"flag": flag.name, "value": flag.value} | ({} if flag.of is None else {"of": flag.of})
                for flag in evaluation.flags[t]
            ]
        yield record | {"words": [term for term, _ in topic.words]}


def _csv(found: Sequence[Evaluation]) -> str:
    """A row a topic and model; a cell is empty for a number that is not defined."""
    names = list(dict.fromkeys(name for evaluation in found for name in evaluation.measures))
    stream = io.StringIO()
    write = csv_rows(stream)
    write(["model", "topic", "name", "share", *names, "missing_words", "flags", "words"])
    for evaluation in found:
        for record in _of_topics(evaluation):
            flags = [str(flag) for flag in (evaluation.flags or {record["topic"]: ()})[record["topic"]]]
            cells = [evaluation.path, *(record[name] for name in ("topic", "name", "share"))]
            cells += [record.get(name) for name in (*names, "missing_words")]
            write(tables.in_cells([*cells, ", ".join(flags), " ".join(record["words"])]))
    return stream.getvalue()


def _xml(found: Sequence[Evaluation]) -> str:
    return mallet_xml(found[0])


FORMATS: Mapping[str, Callable[[Sequence[Evaluation]], str]] = {
    "text": _text,
    "json": _json,
    "csv": _csv,
    "markdown": _markdown,
    "mallet-xml": _xml,
}
