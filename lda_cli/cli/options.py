"""Options that several subcommands share, and the config that they make."""

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal, TypeVar, cast

import click

from ..config import Config, find_config, load_config
from .terminal import log

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

_LOG_FORMAT = "--log-format"

Command = TypeVar("Command", bound=Callable[..., Any])


class Number(click.FloatRange):
    """A range of numbers that nan, which is beyond no bound, is not in."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Make a number of what was given."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


def common(command: Command) -> Command:
    """Add -c, -m, --quiet, --verbose, --log-format and --debug.

    `talk` is "quiet", "verbose", or None for neither.
    """

    @functools.wraps(command)
    def with_times(*arguments: Any, talk: str | None, **options: Any) -> Any:
        log.has_times = talk == "verbose"
        return command(*arguments, talk=talk, **options)

    options = [
        click.option(
            "-c", "--config", "config_path", metavar="CONFIG", help="YAML config; else ./lda.yaml, if there."
        ),
        click.option(
            "-m", "--model", "model_path", metavar="MODEL", help="Folder of the model; else model.path."
        ),
        click.option("-q", "--quiet", "talk", flag_value="quiet", help="Say nothing but errors."),
        click.option("-v", "--verbose", "talk", flag_value="verbose", help="Say each step, a line each."),
        click.option(
            _LOG_FORMAT,
            type=click.Choice(["text", "json"]),
            default="text",
            expose_value=False,  # `log_format` has read it by then
            help="Of what is said on standard error; json is an object a line.",
        ),
        click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of a bug."),
    ]
    result = cast(Command, with_times)
    for option in reversed(options):
        result = option(result)
    return result


def log_format(arguments: Sequence[str]) -> Literal["text", "json"]:
    """What --log-format asks for, found before the arguments are parsed: errors of that are logged too."""
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
    """The config of -c or ./lda.yaml, or else `base`, or else the defaults, with all that overrides it."""
    if model_path is not None:
        options = {**options, "model.path": model_path}
    path = config_path or find_config()
    return load_config(path, overrides=overrides, options=options, base=None if path else base)
