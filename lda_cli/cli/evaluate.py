"""`lda-cli evaluate`: parse the options, measure models, print what was found."""

import math
from collections.abc import Sequence

import click

from ..errors import ConfigError
from ..evaluation import LIMITS, SECTIONS
from ..signals import heed_signals
from .options import (
    INPUTS,
    SETTINGS,
    common_of_models,
    files_from,
    given_config,
    given_model,
    listed,
    output_option,
)
from .output import format_of_report, refuse_compressed, text_output
from .terminal import say, say_left_out, say_report

_FORMATS = ("text", "json", "csv", "markdown", "mallet-xml")
_MOST_WORDS = 30  # of a topic: windows.py


@click.command(context_settings=SETTINGS, epilog=INPUTS)
@common_of_models
@click.option(
    "--held-out",
    multiple=True,
    metavar="PATH",
    help="Documents that the model was not trained on, to be predicted; can be repeated.",
)
@click.option(
    "--only", multiple=True, type=click.Choice(SECTIONS), help="Measure only this; can be repeated."
)
@click.option(
    "--words",
    default="10",
    show_default=True,
    metavar="N[,N...]",
    help="Words of a topic for its coherence, 2 to 30; of several numbers, the mean over them.",
)
@click.option(
    "--fail-under",
    multiple=True,
    metavar="NAME=VALUE",
    help="Leave with status 8 if a number of a model is under VALUE; can be repeated. NAME is "
    f"{', '.join(LIMITS)}. Of a measure of the topics, it is the mean; of --held-out, nats a token.",
)
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Of all that is drawn.")
@click.option(
    "--particles",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    metavar="N",
    help="Of left_to_right: more are more exact, and take longer.",
)
@click.option(
    "--resample",
    default="16",
    show_default=True,
    metavar="N|all",
    help="Of left_to_right: earlier words whose topics are drawn anew for each word.",
)
@click.option(
    "--estimator",
    type=click.Choice(["map", "mean-field"]),
    default="map",
    show_default=True,
    help="Of completion: how the topics of half a document are found; mean-field is that of infer.",
)
@click.option("--allow-training", is_flag=True, help="Let --held-out have documents of the training.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="Output format (default: by the name of FILE, else text).",
)
@output_option()
@files_from
@click.argument("corpus", nargs=-1, metavar="[CORPUS]...")
def evaluate(
    config_path: str | None,
    model_paths: tuple[str, ...],
    overrides: tuple[str, ...],
    talk: str | None,
    held_out: tuple[str, ...],
    only: tuple[str, ...],
    words: str,
    fail_under: tuple[str, ...],
    seed: int,
    particles: int,
    resample: str,
    estimator: str,
    allow_training: bool,
    form: str | None,
    output: str | None,
    files_from: str | None,
    corpus: tuple[str, ...],
) -> None:
    """Measure how good a model is.

    Coherence and diagnostics are counted in CORPUS, by default the corpus of the training. Topics that
    something is wrong with get flags: dead, tiny, duplicate, background, one document, incoherent.

    \b
    Examples:
      lda-cli evaluate -m letters.model
      lda-cli evaluate -m letters.model --held-out new-letters/ --only held-out
      lda-cli evaluate -m a.model -m b.model --held-out new-letters/
      lda-cli evaluate -m letters.model --fail-under c_npmi=0.05 -o quality.json
    """
    corpus = listed(files_from, corpus)
    refuse_compressed(output)
    form = form or format_of_report(output, _FORMATS)
    limits = _limits(fail_under, only, held_out)
    n_words, n_resampled = _numbers(words), _resampled(resample)
    paths = [given_model(config_path, path, overrides) for path in model_paths or (None,)]
    _check(form, paths, only, held_out, corpus)

    from .. import load
    from ..corpus.inputs.report import Report
    from ..evaluation.evaluate import Choice
    from ..evaluation.evaluate import evaluate as measure
    from ..evaluation.held_out import HeldOutChoice
    from ..evaluation.limits import check_limits
    from .evaluation_formats import FORMATS

    heed_signals()
    choice = Choice(
        n_words,
        tuple(name for name in SECTIONS if not only or name in only),
        HeldOutChoice(seed, estimator, particles, n_resampled, allow_training),  # type: ignore[arg-type]
    )
    found = []
    for path in paths:
        model, report = load(path), Report()
        config = given_config(config_path, path, overrides=overrides, base=model.config)
        found.append(measure(path, model, config, corpus, held_out, choice, report))
        if talk != "quiet":
            for note in found[-1].notes:
                say(f"{path}: {note}", level="warning", event="evaluate")
            say_left_out(report)
            say_report(report)
    text = FORMATS[form](found)
    with text_output(output) as stream:
        stream.write(text)
    for evaluation in found:
        check_limits(evaluation, limits)


def _check(
    form: str, paths: Sequence[str], only: Sequence[str], held_out: Sequence[str], corpus: Sequence[str]
) -> None:
    """Refuse options that do not go together."""
    if held_out and only and "held-out" not in only:
        raise ConfigError("--held-out: is not measured with --only; add --only held-out")
    if "held-out" in only and not held_out:
        raise ConfigError("--only held-out: needs --held-out PATH")
    if form in ("csv", "mallet-xml") and set(only) == {"held-out"}:
        raise ConfigError(f"--format {form}: has a row a topic, and nothing held out; give json")
    if form == "mallet-xml" and len(paths) > 1:
        raise ConfigError("--format mallet-xml: has one model; give one -m")
    if [*held_out, *corpus].count("-") > (0 if len(paths) > 1 else 1):
        raise ConfigError("-: standard input can be read once; give files")


def _limits(given: Sequence[str], only: Sequence[str], held_out: Sequence[str]) -> dict[str, float]:
    limits = {}
    for each in given:
        name, _, text = each.partition("=")
        if name not in LIMITS:
            raise ConfigError(f"--fail-under {name}: no such number; use one of {', '.join(LIMITS)}")
        try:
            limits[name] = float(text)
        except ValueError:
            limits[name] = math.nan
        if math.isnan(limits[name]):
            raise ConfigError(f"--fail-under {each}: needs a number, as {name}=0.1")
        section = LIMITS[name]
        if section == "held-out" and not held_out:
            raise ConfigError(f"--fail-under {name}: needs --held-out PATH")
        if only and section not in only:
            raise ConfigError(f"--fail-under {name}: is not measured with --only; add --only {section}")
    return limits


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = (0,)
    if not all(2 <= number <= _MOST_WORDS for number in numbers):
        raise ConfigError(f"--words {text}: needs numbers from 2 to {_MOST_WORDS}, as 10 or 5,10,15,20")
    return numbers


def _resampled(text: str) -> int:
    if text == "all":
        return 2**62  # ALL of left_to_right.py, which imports NumPy
    if not text.isascii() or not text.isdigit():
        raise ConfigError(f"--resample {text}: needs a number, 0 or more, or all")
    return min(int(text), 2**62)
