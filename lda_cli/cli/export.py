"""`lda-cli export`: parse the options, load a model, write a table or the files of another tool."""

import textwrap
from collections.abc import Mapping
from pathlib import Path

import click

from ..export import COLUMNS, EXPORTS, FORMATS, LOADERS, Choice
from ..signals import heed_signals
from .options import SETTINGS, Number, common, given_model, needs_csv, output_option, spreadsheet_option
from .output import binary_output, format_of, refuse_compressed, text_output
from .terminal import say

_WIDTH = 100  # of the lines of the help


def _epilog() -> str:
    """What can be exported, what each column means, and how the files of other tools are read."""
    parts = [_listed("WHAT:", {name: export.summary for name, export in EXPORTS.items()})]
    parts += [_listed(f"Columns of {table}:", columns) for table, columns in COLUMNS.items()]
    for tool, lines in LOADERS.items():
        parts.append(f"\b\nTo load {tool}, in Python:\n" + textwrap.indent(lines, "  "))
    return "\n\n".join(parts)


def _listed(title: str, meanings: Mapping[str, str]) -> str:
    """Return names with their meanings beside them, in lines that the help leaves as they are."""
    width = max(map(len, meanings)) + 4
    lines = [
        textwrap.fill(f"  {name}".ljust(width) + meaning, _WIDTH, subsequent_indent=" " * width)
        for name, meaning in meanings.items()
    ]
    return "\n".join(["\b", title, *lines])


@click.command(context_settings=SETTINGS, epilog=_epilog())
@common
@output_option(
    "Output, written when it is complete: a file, or a folder for mallet and gensim (default: standard "
    "output, for tables and graph)."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="Format of a table (default: by the name of FILE, else csv).",
)
@click.option("--long", is_flag=True, help="documents, by: a row per topic of a document or a value.")
@click.option("--wide", is_flag=True, help="terms: a row per term, with all K topics.")
@click.option("--topics-only", is_flag=True, help="graph: leave out the documents, connect similar topics.")
@click.option(
    "--top",
    type=click.IntRange(min=0),
    metavar="N",
    help="At most N topics of a document (--long); terms, words or documents of a topic; pairs of topics. "
    "0 for all.",
)
@click.option(
    "--min-share",
    type=Number(0, 1),
    metavar="P",
    help="documents --long, graph: leave out shares below P (default: 0.01, of graph 0.05).",
)
@click.option("--names", is_flag=True, help="Add the names of the topics.")
@spreadsheet_option
@click.argument("what", metavar="WHAT", type=click.Choice(list(EXPORTS)))
@click.argument("field", metavar="[FIELD]", required=False)
def export(
    config_path: str | None,
    model_path: str | None,
    overrides: tuple[str, ...],
    talk: str | None,
    output: str | None,
    form: str | None,
    long: bool,
    wide: bool,
    topics_only: bool,
    top: int | None,
    min_share: float | None,
    names: bool,
    spreadsheet: bool,
    what: str,
    field: str | None,
) -> None:
    """Write the topics of a model as tables, and as files of other tools.

    Shares have the same digits as those of infer. Nothing is read but the model.

    \b
    Examples:
      lda-cli export documents -m letters.model -o shares.csv
      lda-cli export terms --top 20 --format tsv
      lda-cli export by year --long
      lda-cli export graph -o letters.gexf
    """
    given = {"--long": long, "--wide": wide, "--topics-only": topics_only, "--names": names}
    given |= {"--top": top is not None, "--min-share": min_share is not None}
    wanted = EXPORTS[what]
    _check_field(what, field)
    _check_options(what, [name for name, is_given in given.items() if is_given], long)
    form = _format(what, form, output)
    needs_csv(spreadsheet, form)
    choice = Choice(
        top=(wanted.default_top if top is None else top) or None,
        min_share=wanted.default_min_share if min_share is None else min_share,
        long=long,
        wide=wide,
        names=names,
        topics_only=topics_only,
        field=field,
    )
    from ..export import run
    from ..model.store import load

    heed_signals()
    model = load(given_model(config_path, model_path, overrides))
    warning = None
    if wanted.kind == "folder":
        run.write_folder(Path(output or ""), run.FOLDERS[what](model, choice))
    elif wanted.kind != "table" or form == "parquet":
        with binary_output(output) as stream:
            warning = run.write_file(model, what, choice, stream)
    else:
        with text_output(output) as text:
            run.write_table(model, what, form, choice, text, spreadsheet=spreadsheet)
    if warning and talk != "quiet":
        say(warning, level="warning", event="export")


def _check_field(what: str, field: str | None) -> None:
    if what == "by" and field is None:
        raise click.UsageError("by: needs a field of the metadata, such as lda-cli export by year")
    if what != "by" and field is not None:
        raise click.UsageError(f"unexpected argument {field}; give the model directory by -m")


def _check_options(what: str, given: list[str], long: bool) -> None:
    """Refuse options that would be dropped in silence."""
    for name in given:
        if name not in EXPORTS[what].options:
            takes = [other for other, export in EXPORTS.items() if name in export.options]
            raise click.UsageError(f"{name}: is no option of {what}, but of {', '.join(takes)}")
    for name in ("--top", "--min-share"):
        if what == "documents" and name in given and not long:
            raise click.UsageError(f"{name}: needs --long; without it, there is a column for every topic")


def _format(what: str, form: str | None, output: str | None) -> str:
    """Return the format of a table, or "" for what has a form of its own, and see that it can be written."""
    refuse_compressed(output)
    kind = EXPORTS[what].kind
    if kind == "table":
        form = form or format_of(output, FORMATS, "csv")
    elif form is not None:
        raise click.UsageError(f"--format: is an option of tables, and {what} is none")
    if output is None and (kind in ("folder", "arrays") or form == "parquet"):
        noun = "FOLDER" if kind == "folder" else "FILE"
        raise click.UsageError(f"{what}{' in Parquet' if form else ''}: cannot be printed; give -o {noun}")
    return form or ""
