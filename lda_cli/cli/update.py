"""`lda-cli update`: parse the options, add documents to a model, print progress."""

import click

from ..signals import heed_signals
from .options import (
    INPUTS,
    SETTINGS,
    Number,
    common,
    files_from,
    given_config,
    given_model,
    listed,
    wait_option,
)

# What --set may change: how documents are read, which terms are new, and how the training runs.
_HEEDED = (
    *("corpus.", "vocabulary.min_df", "vocabulary.max_df", "vocabulary.max_terms"),
    *("model.path", "model.keep", "training.threads", "training.seed", "training.checkpoint_minutes"),
    "inference.",
)


@click.command(context_settings=SETTINGS, epilog=INPUTS)
@common
@click.option(
    "--memory",
    type=Number(min=0, max=1, min_open=True),
    default=1.0,
    show_default=True,
    metavar="W",
    help="Part of what the model has learned that stays: 1 is all, 0.5 forgets half with each update.",
)
@wait_option("another process that trains this model")
@files_from
@click.argument("new", nargs=-1, metavar="NEW...")
def update(
    config_path: str | None,
    model_path: str | None,
    overrides: tuple[str, ...],
    talk: str | None,
    memory: float,
    wait: float,
    files_from: str | None,
    new: tuple[str, ...],
) -> None:
    """Add documents to a model, without the old ones.

    NEW is a folder of text, a file, a glob, or - for standard input: only documents that the model does not
    have. The topics keep their numbers and names. Words that are frequent enough among the new documents
    (vocabulary.min_df) become terms.

    If you have the old documents too, train with --start self is better: it fits all documents, and keeps the
    numbers too.

    \b
    Examples:
      lda-cli update -m letters.model letters/2026-11/
      lda-cli update -m news.model --memory 0.9 today.jsonl
    """
    for assignment in overrides:
        key = assignment.partition("=")[0].strip()
        if not key.startswith(_HEEDED):
            raise click.UsageError(f"--set {key}: update does not change it; train again to do so")
    new = listed(files_from, new)
    if not new:
        raise click.UsageError("Missing argument 'NEW...'.")
    from ..model import store
    from ..training.update import update as add
    from .progress import progress

    heed_signals()
    path = given_model(config_path, model_path, overrides)
    config = given_config(config_path, path, overrides=overrides, base=store.load(path).config)
    add(path, new, config, memory=memory, wait=wait, report=progress(talk))
