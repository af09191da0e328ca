"""`lda-cli report`: parse the options, load a model, write its page."""

import click

from ..signals import heed_signals
from .options import SETTINGS, Number, common, given_model, output_option
from .output import binary_output, refuse_compressed
from .terminal import say

_MB = 1_000_000


@click.command(context_settings=SETTINGS)
@common
@output_option("The page, an HTML file, written when it is complete.")
@click.option(
    "--by",
    "fields",
    multiple=True,
    metavar="FIELD",
    help="Show the topics by a metadata field, such as year, or in bins: year:5, date:month; can be repeated "
    "(default: each field, in bins if it has many values).",
)
@click.option("--title", metavar="TEXT", help="Title of the page (default: Topics of CORPUS).")
@click.option(
    "--max-size",
    type=Number(min=0.1, max=1000),
    default=20.0,
    show_default=True,
    metavar="MB",
    help="Leave out texts, then documents, if the page is larger than MB million bytes.",
)
@click.option("--no-texts", is_flag=True, help="Leave out the texts of documents.")
@click.argument("corpus", nargs=-1, metavar="[CORPUS]...")
def report(
    config_path: str | None,
    model_path: str | None,
    overrides: tuple[str, ...],
    talk: str | None,
    output: str | None,
    fields: tuple[str, ...],
    title: str | None,
    max_size: float,
    no_texts: bool,
    corpus: tuple[str, ...],
) -> None:
    """Write one HTML page that shows a model: its topics, words and documents.

    The page needs no network, server or library. It has the beginnings of the best documents of each topic,
    which are read again where training found them, or in CORPUS. MODEL may be the folder of a sweep: the page
    is of its best model, and has the curves.

    \b
    Examples:
      lda-cli report -m letters.model -o letters.html
      lda-cli report -m letters.model -o letters.html --by year:5 --no-texts
    """
    if output is None:
        raise click.UsageError("the page cannot be printed; give -o FILE, such as -o report.html")
    if no_texts and corpus:
        raise click.UsageError("CORPUS gives texts, and --no-texts leaves them out; choose one")
    if "-" in corpus:
        raise click.UsageError("texts cannot be read from standard input; give a file or a folder as CORPUS")
    refuse_compressed(output)
    from ..model.store import load
    from ..report import curves
    from ..report.report import Choice
    from ..report.report import report as reported

    heed_signals()
    path, of_sweep = given_model(config_path, model_path, overrides), None
    if curves.is_sweep(path):
        path, of_sweep = curves.of_sweep(path)
    choice = Choice(fields, title, int(max_size * _MB), not no_texts)
    found = reported(load(path), corpus, choice, of_sweep)
    with binary_output(output) as stream:
        stream.write(found.page)
    if talk == "quiet":
        return
    for note in found.notes:
        say(note, level="warning", event="left_out")
    size = f"{len(found.page) / _MB:.1f} MB"
    say(f"{output}: {size}; open it in a browser", event="reported", file=output, bytes=len(found.page))
