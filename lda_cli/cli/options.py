"""Options that several subcommands share, and the config that results from them."""

import functools
import math
import os
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal, TypeVar, cast

import click

from ..config import Config, find_config, load_config, model_path
from ..errors import ConfigError, in_words
from .terminal import log

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

# Ends the help of each command that reads documents.
INPUTS = """A file of plain text is a document. If it is the only input, each line is a document. Other files
are what their names (.jsonl, .json, .csv, .tsv, .html, .xml, .eml, .mbox, .pdf, .docx, .mallet; for word
counts .ldac, docword.*, .mtx, .npz) and their first bytes say, unless corpus.format names a format. Files may
be compressed (gzip, bzip2, xz)."""

_LOG_FORMAT = "--log-format"
_STDIN = "-"
_LIST_BYTES = 1 << 28  # of a list of files, at most: it is in memory

Command = TypeVar("Command", bound=Callable[..., Any])


class Number(click.FloatRange):
    """A range of numbers that refuses nan, which click.FloatRange accepts."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Convert the text of an option to a float."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


def once(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> str | None:
    """Return the value of an option of files, and refuse a second one, which would be dropped in silence."""
    if len(values) > 1:
        raise click.UsageError(f"{option.opts[0]} is given {len(values)} times; give it once", context)
    return values[0] if values else None


_MODEL = click.option(
    "-m",
    "--model",
    "model_path",
    multiple=True,
    callback=once,
    metavar="MODEL",
    help="Model directory (default: model.path).",
)
_MODELS = click.option(
    "-m",
    "--model",
    "model_paths",
    multiple=True,
    metavar="MODEL",
    help="Model directory (default: model.path); several are compared with the first.",
)


_CONFIG = click.option(
    "-c",
    "--config",
    "config_path",
    multiple=True,
    callback=once,
    metavar="CONFIG",
    help="YAML config (default: lda.yaml, if present).",
)
_SET = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Set a config key, such as model.eta=0.1; can be repeated.",
)
_MESSAGES = (
    click.option("-q", "--quiet", "talk", flag_value="quiet", help="Only print errors."),
    click.option("-v", "--verbose", "talk", flag_value="verbose", help="Print a line for each step."),
    click.option(
        _LOG_FORMAT,
        type=click.Choice(["text", "json"]),
        default="text",
        expose_value=False,  # `log_format` has read it already
        help="Format of messages on standard error.",
    ),
    click.option(
        "--debug", is_flag=True, expose_value=False, help="Print the traceback of an internal error."
    ),
)


def common(command: Command) -> Command:
    """Add -c, -m, --set, --quiet, --verbose, --log-format and --debug.

    `talk` is "quiet", "verbose", or None for neither.
    """
    return _with(command, [_CONFIG, _MODEL, _SET, *_MESSAGES])


def common_of_models(command: Command) -> Command:
    """As `common`, for a command of several models: `model_paths` is a tuple."""
    return _with(command, [_CONFIG, _MODELS, _SET, *_MESSAGES])


def messages_only(command: Command) -> Command:
    """As `common`, for a command without a config: --quiet, --verbose, --log-format and --debug."""
    return _with(command, _MESSAGES)


def _with(command: Command, options: Sequence[Callable[[Any], Any]]) -> Command:
    @functools.wraps(command)
    def with_times(*arguments: Any, talk: str | None, **options: Any) -> Any:
        log.has_times = talk == "verbose"
        return command(*arguments, talk=talk, **options)

    result = cast(Command, with_times)
    for option in reversed(options):
        result = option(result)
    return result


def output_option(
    help: str = "Output file, written when it is complete (default: standard output).",
) -> Callable[[Command], Command]:
    """Add -o."""
    return click.option("-o", "--output", multiple=True, callback=once, metavar="FILE", help=help)


spreadsheet_option = click.option(
    "--spreadsheet", is_flag=True, help="Make CSV safe to open in Excel: BOM, and ' before formulas."
)


def needs_csv(spreadsheet: bool, form: str) -> None:
    """Refuse --spreadsheet for another format."""
    if spreadsheet and form != "csv":
        raise click.UsageError("--spreadsheet needs --format csv")


def wait_option(whom: str) -> Callable[[Command], Command]:
    """Add --wait; `whom` is waited for, in words."""
    return click.option(
        "--wait",
        type=Number(min=0),
        default=0.0,
        metavar="SECONDS",
        help=f"Seconds to wait for {whom} (default: 0).",
    )


cluster_option = click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Work on a Dask cluster: local, local:N, or the address of a scheduler, such as tcp://HOST:8786.",
)


files_from = click.option(
    "--files-from",
    metavar="FILE",
    help="Read more inputs from FILE (-: standard input), one a line, or divided by NUL as by find -print0.",
)


def listed(files_from: str | None, given: Sequence[str]) -> tuple[str, ...]:
    """Return the inputs that are given, and those that the file of --files-from names.

    Raises ConfigError for a list that cannot be read, or that names nothing.
    """
    if files_from is None:
        return tuple(given)
    shown = "standard input" if files_from == _STDIN else files_from
    if files_from == _STDIN and _STDIN in given:
        raise ConfigError("--files-from: standard input cannot be both the list and an input; give a file")
    try:
        with click.open_file(files_from, "rb") as file:
            data = file.read(_LIST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ConfigError(f"--files-from: {shown}: {in_words(error)}; check the path") from None
    if len(data) > _LIST_BYTES:
        raise ConfigError(f"--files-from: {shown}: longer than {_LIST_BYTES >> 20} MiB; divide it")
    names = data.split(b"\0") if b"\0" in data else [line.removesuffix(b"\r") for line in data.split(b"\n")]
    found = [os.fsdecode(name) for name in names if name]
    if not found:
        raise ConfigError(f"--files-from: {shown}: names no file")
    return (*given, *(os.path.join(os.curdir, name) if name == _STDIN else name for name in found))


def log_format(arguments: Sequence[str]) -> Literal["text", "json"]:
    """The value of --log-format, read before the arguments are parsed, since parsing may fail."""
    values = [after for name, after in pairwise([*arguments, ""]) if name == _LOG_FORMAT]
    values += [argument.partition("=")[2] for argument in arguments if argument.startswith(f"{_LOG_FORMAT}=")]
    return "json" if "json" in values else "text"


def given_config(
    config_path: str | None,
    model_path: str | None,
    *,
    overrides: Sequence[str] = (),
    options: Mapping[str, object] = {},
    base: Config | None = None,
) -> Config:
    """The config of -c, else ./lda.yaml, else `base`, else the defaults, with overrides applied."""
    if model_path is not None:
        options = {**options, "model.path": model_path}
    path = config_path or find_config()
    return load_config(path, overrides=overrides, options=options, base=None if path else base)


def given_model(config_path: str | None, model: str | None, overrides: Sequence[str]) -> str:
    """The model directory of -m, else model.path of the config."""
    options = {} if model is None else {"model.path": model}
    return model_path(config_path or find_config(), overrides=overrides, options=options)
