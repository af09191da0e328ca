"""`lda-cli infer`: parse the options, infer topics, write a record per document."""

import sys
from contextlib import ExitStack
from pathlib import Path

import click

from ..errors import ConfigError
from ..signals import heed_signals
from .options import (
    INPUTS,
    SETTINGS,
    Number,
    cluster_option,
    common,
    files_from,
    given_config,
    given_model,
    listed,
    needs_csv,
    output_option,
    spreadsheet_option,
)
from .output import format_of, refuse_compressed, text_output
from .terminal import say, say_left_out, say_report


@click.command(context_settings=SETTINGS, epilog=INPUTS)
@common
@output_option()
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv", "tsv"]),
    help="Output format (default: by the name of FILE, else jsonl).",
)
@click.option("--wide", is_flag=True, help="In csv and tsv, a row per document with all K shares.")
@click.option("--names", "with_names", is_flag=True, help="Add the name of each topic (see lda-cli label).")
@spreadsheet_option
@click.option("--words", is_flag=True, help="Add the topic of each known word and its position in the text.")
@click.option("--markup", is_flag=True, help="Print the text, with its known words coloured by topic.")
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Print at most N topics per document.")
@click.option(
    "--min-share",
    type=Number(0, 1),
    default=0.01,
    show_default=True,
    metavar="P",
    help="Leave out topics with a share below P.",
)
@cluster_option
@files_from
@click.argument("inputs", nargs=-1, metavar="INPUT...")
def infer(
    config_path: str | None,
    model_path: str | None,
    overrides: tuple[str, ...],
    talk: str | None,
    output: str | None,
    form: str | None,
    wide: bool,
    with_names: bool,
    spreadsheet: bool,
    words: bool,
    markup: bool,
    top: int | None,
    min_share: float,
    cluster: str | None,
    files_from: str | None,
    inputs: tuple[str, ...],
) -> None:
    """Find the topics of documents with a trained model.

    INPUT is a folder of text, a file, a glob, or - for standard input.

    \b
    Examples:
      lda-cli infer -m letters.model new-letters/ -o topics.jsonl
      echo "The moon hid behind the clouds" | lda-cli infer --words -
    """
    inputs = listed(files_from, inputs)
    if not inputs:
        raise click.UsageError("Missing argument 'INPUT...'.")
    if markup and (words or form or wide or spreadsheet):
        options = "--words, --format, --wide and --spreadsheet"
        raise ConfigError(f"--markup: prints text, not records; leave out {options}")
    form = form or format_of(output, ("csv", "tsv"), "jsonl")
    refuse_compressed(output)
    if wide and (words or form == "jsonl"):
        raise ConfigError("--wide: needs --format csv or tsv, without --words")
    needs_csv(spreadsheet, form)
    from .. import load
    from ..cluster import connected
    from ..corpus.inputs.inputs import STDIN, Inputs
    from ..corpus.inputs.report import Report
    from ..inference import NewMetadata, infer_documents
    from . import records

    heed_signals()
    path = given_model(config_path, model_path, overrides)
    model = load(path)
    named = {} if cluster is None else {"training.cluster": cluster}
    config = given_config(config_path, path, overrides=overrides, options=named, base=model.config)
    report = Report()
    metadata = NewMetadata(model, config.corpus, report)
    n_wide = model.n_topics if wide else 0
    names = model.names if with_names else ()
    choice = records.Choice(top, min_share, words, n_wide, spreadsheet, metadata.names, names)
    n_documents = n_without = 0
    if STDIN in inputs:  # the writer of a pipe may wait for the answer to a line
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with ExitStack() as stack:
        # not that of the training: it may need more machines than this does
        address = None if cluster is None else config.training.cluster
        workers = stack.enter_context(connected(address, config.training.threads))
        if workers is not None:
            workers.check(Path(path, "model.json").absolute())
        stream = stack.enter_context(text_output(output))
        found = infer_documents(
            model,
            Inputs.of(config, inputs),
            words=words or markup,
            report=report,
            metadata=metadata,
            cluster=workers,
        )
        write = (
            records.markup_writer(stream, model, choice) if markup else records.WRITERS[form](stream, choice)
        )
        for document, topics in found:
            write(document, topics)
            n_documents += 1
            n_without += topics.tokens == 0
    if talk != "quiet":
        say_left_out(report)
        say_report(report)
        if n_without:
            message = f"{n_without} of {n_documents} documents have no known word; their topics are the prior"
            facts = {"documents": n_documents, "without_known_words": n_without}
            say(message, level="warning", event="unknown", **facts)
