"""`lda-cli label`: give names to the topics of a model, show them, or draft a file of them."""

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..config.source import Place, read, read_file
from ..disk.atomic import is_written_directly
from ..errors import OutputError
from ..signals import heed_signals
from .options import (
    SETTINGS,
    common,
    given_model,
    needs_csv,
    output_option,
    spreadsheet_option,
    wait_option,
)
from .output import format_of, refuse_compressed, text_output
from .terminal import say

if TYPE_CHECKING:
    from ..training.labels import Change

_STDIN = "-"
_WHAT = "file of labels"


@click.command(context_settings=SETTINGS)
@common
@click.option(
    "--draft", is_flag=True, help="Write a FILE to edit, with the words and documents of each topic."
)
@output_option()
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv", "markdown"]),
    help="Output format of the names (default: by the name of FILE, .json or .csv, else text).",
)
@spreadsheet_option
@wait_option("a process that trains this model")
@click.argument("file", required=False)
def label(
    config_path: str | None,
    model_path: str | None,
    overrides: tuple[str, ...],
    talk: str | None,
    draft: bool,
    output: str | None,
    form: str | None,
    spreadsheet: bool,
    wait: float,
    file: str | None,
) -> None:
    """Give names to topics, or show the names that they have.

    FILE is YAML or JSON (- is standard input) with names by topic, such as 3: Sailing, or with more about a
    topic, 3: {name: Sailing, note: the sport, hide: true}. It replaces all names of the model; {} removes
    them. Without FILE the names are shown. A topic without a given name has an automatic one: two or three of
    its words after a ~.

    A topic with hide is left out where all topics are listed for people, as by `inspect`, but not of JSON,
    CSV and what `infer` writes. Training the model again keeps the names if the topics are the same to the
    last bit; else it moves them to a file beside the model.

    \b
    Examples:
      lda-cli label --draft -o names.yaml
      lda-cli label names.yaml
      lda-cli label --format csv
    """
    if file is not None and (draft or output is not None or form is not None):
        raise click.UsageError("FILE gives names, and nothing is written; leave out --draft, --format and -o")
    if draft and form is not None:
        raise click.UsageError("--draft writes YAML; leave out --format")
    refuse_compressed(output)
    form = form or ("text" if draft else format_of(output, ("json", "csv"), "text"))
    needs_csv(spreadsheet, form)
    from ..model import draft as drafts
    from ..model import store
    from ..model.former import labels_aside
    from ..training import labels
    from . import tables

    heed_signals()
    path = given_model(config_path, model_path, overrides)
    if file is not None:
        found, place = _read(file)
        change = labels.label(path, found, place, wait)
        if talk != "quiet":
            _say_changed(path, change)
        return
    model = store.load(path)
    if draft:
        _write(drafts.draft(model, path), output, is_draft=True)
    else:
        show = tables.spreadsheet if spreadsheet else tables.FORMATS[form]
        _write(show(tables.of_labels(model)), output)
    aside = labels_aside(path)
    if aside is not None and talk != "quiet":
        message = (
            f"labels of a model that was replaced are in {aside}; delete the file once you have no use for it"
        )
        say(message, event="former_labels", file=str(aside))


def _read(file: str) -> tuple[object, Place]:
    """Return the plain value of a file, and what names its lines."""
    shown = "standard input" if file == _STDIN else file
    found = read(sys.stdin.buffer, shown, _WHAT) if file == _STDIN else read_file(file, _WHAT)
    return found, lambda line: f"{shown}:{line}" if line else shown


def _say_changed(path: str, change: "Change") -> None:
    before, after = change
    new, removed = len(after.keys() - before.keys()), len(before.keys() - after.keys())
    changed = sum(before[topic] != after[topic] for topic in before.keys() & after.keys())
    numbers = {"new": new, "changed": changed, "removed": removed}
    differences = ", ".join(f"{number} {what}" for what, number in numbers.items() if number)
    message = f"{path}: {len(after)} topic{'' if len(after) == 1 else 's'} with a label, "
    message += differences or "nothing changed"
    say(message, event="labelled", model=path, labels=len(after), changes=numbers)
    if after and differences:
        command = f"lda-cli inspect -m {shlex.quote(path)}"
        say(f"to see them: {command}", event="next", command=command)


def _write(text: str, output: str | None, is_draft: bool = False) -> None:
    """Write to a file or standard output. A draft replaces no file, since somebody may have edited it."""
    if is_draft and output and os.path.exists(output) and not is_written_directly(Path(output)):
        raise OutputError(
            f"{output}: is there already, and may have names; apply it, or give another file by -o"
        )
    with text_output(output) as file:
        file.write(text)
