"""`lda-cli infer`: parse, call the use case, write a record a document."""

import contextlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import click

from ..disk.atomic import whole_file
from ..errors import ConfigError
from ..signals import heed_signals
from .options import SETTINGS, Number, common, given_config
from .terminal import say, tell


@click.command(context_settings=SETTINGS)
@common
@click.option("-o", "--output", metavar="FILE", help="Write here, whole or not at all; else standard output.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv", "tsv"]),
    default="jsonl",
    show_default=True,
    help="Of the output.",
)
@click.option("--words", is_flag=True, help="Tell the topic of each known word, with its place in the text.")
@click.option("--markup", is_flag=True, help="Print the text itself, its known words coloured by topic.")
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="At most N topics a document.")
@click.option(
    "--min-share",
    type=Number(0, 1),
    default=0.01,
    show_default=True,
    metavar="P",
    help="Topics of a share of at least P.",
)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
def infer(
    config_path: str | None,
    model_path: str | None,
    talk: str | None,
    output: str | None,
    form: str,
    words: bool,
    markup: bool,
    top: int | None,
    min_share: float,
    inputs: tuple[str, ...],
) -> None:
    """Say which topics documents hold.

    INPUT is a folder of text, a file, a glob, or - for standard input. A file holds a document a line, unless
    its name (.jsonl, .csv, .tsv, .mallet; of bags of words .ldac, docword.*, .mtx, .npz), its first bytes or
    corpus.format say otherwise; it may be packed.

    \b
    lda-cli infer -m letters.model new-letters/ -o topics.jsonl
    echo "The moon hid behind the clouds" | lda-cli infer --words -
    """
    if markup and (words or form != "jsonl"):
        raise ConfigError("--markup: prints the text itself; leave out --words and --format")
    from .. import load
    from ..corpus.inputs.inputs import STDIN, Inputs
    from ..corpus.inputs.report import Report
    from ..inference import infer_documents
    from . import records

    heed_signals()
    path = given_config(config_path, model_path).model.path
    model = load(path)
    config = given_config(config_path, path, base=model.config)
    report = Report()
    found = infer_documents(model, Inputs.of(config, inputs), words=words or markup, report=report)
    choice = records.Choice(top, min_share, words)
    n_documents = n_without = 0
    if STDIN in inputs:  # who writes a pipe may wait for the answer to a line
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with _stream(output) as stream:
        write = (
            records.markup_writer(stream, model, choice) if markup else records.WRITERS[form](stream, choice)
        )
        for document, topics in found:
            write(document, topics)
            n_documents += 1
            n_without += topics.tokens == 0
    if talk != "quiet":
        tell(report)
        if n_without:
            told = f"{n_without} of {n_documents} documents hold no known word; they got the prior's topics"
            facts = {"documents": n_documents, "without_known_words": n_without}
            say(told, level="warning", event="unknown", **facts)


@contextlib.contextmanager
def _stream(output: str | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears when it is whole."""
    if output is None:
        yield sys.stdout
        return
    with whole_file(Path(output)) as binary:
        text = io.TextIOWrapper(binary, encoding="utf-8", newline="\n")
        yield text
        text.flush()
        text.detach()
