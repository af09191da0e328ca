"""The command `lda-cli`: its subcommands, and the exit status, which is decided only here."""

import contextlib
import itertools
import os
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from typing import NoReturn

import click

from ..disk.atomic import cannot_write
from ..errors import (
    EXIT_DONE,
    EXIT_HUNG_UP,
    EXIT_INTERRUPTED,
    EXIT_TERMINATED,
    ConfigError,
    CorpusError,
    LdaCliError,
)
from ..signals import Terminated, ignore_signals
from ..version import __version__
from .diff import diff
from .evaluate import evaluate
from .export import export
from .import_ import import_
from .infer import infer
from .inspect import inspect
from .label import label
from .options import SETTINGS, log_format
from .report import report
from .sweep import sweep
from .terminal import let_go_of, log, say
from .train import train
from .update import update

# The subcommands, as the help lists them.
GROUPS: dict[str, list[click.Command]] = {
    "Find topics": [train, infer, inspect],
    "Judge them": [evaluate, sweep],
    "Show them": [report, export, label],
    "Keep them": [update, diff, import_],
}
# Bytes of address space. With less, importing BLAS ends the process or hangs.
_LEAST_MEMORY = 256 << 20


def _version(context: click.Context, _: click.Parameter, is_given: bool) -> None:
    if is_given:
        from ..engine.kernel import kernel_name

        click.echo(f"lda-cli {__version__} (kernel: {kernel_name()})")
        context.exit()


class _Groups(click.Group):
    """A command whose help lists its subcommands in groups."""

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in GROUPS.items():
            rows = [(command.name or "", command.get_short_help_str(100)) for command in commands]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


@click.group(cls=_Groups, context_settings=SETTINGS, invoke_without_command=True)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    callback=_version,
    expose_value=False,
    help="Print the version and exit.",
)
@click.pass_context
def cli(context: click.Context) -> None:
    """Find the topics of a corpus of text by latent Dirichlet allocation (LDA).

    \b
    lda-cli train letters/            train a model on a folder of text
    lda-cli inspect                   show its topics
    lda-cli infer new-letters/        find the topics of other documents
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
    else:
        _check_memory_limit()


def _check_memory_limit() -> None:
    if os.name == "nt":
        return
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if 0 <= limit < _LEAST_MEMORY:
        raise CorpusError(
            f"not enough memory: `ulimit -v` allows {limit >> 20} MiB; raise it to at least "
            f"{_LEAST_MEMORY >> 20} MiB"
        )


for command in itertools.chain(*GROUPS.values()):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and leave with its exit status."""
    _open_closed_streams()
    arguments = sys.argv[1:] if arguments is None else arguments
    status = _run(list(arguments))
    ignore_signals()
    sys.exit(status)


def _open_closed_streams() -> None:
    """Replace a stream that the caller has closed (`>&-`) by /dev/null."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            setattr(sys, name, open(nowhere, "w", encoding="utf-8", closefd=False))  # noqa: SIM115 (open until the end)


@contextlib.contextmanager
def _only_standard_output_fails() -> Iterator[None]:
    """Turn an OSError without a file name, as of a full disk behind `>`, into an OutputError.

    If the working directory was removed, a relative path gives one too: this is a ConfigError.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is not None:
            raise
        if isinstance(error, FileNotFoundError):
            raise ConfigError("the working directory was removed; change to another one") from error
        with cannot_write("standard output"):
            raise


def _run(arguments: list[str]) -> int:  # noqa: PLR0911 (a return for each way a run can end)
    log.form, log.has_times = log_format(arguments), False
    try:
        for stream in (sys.stdout, sys.stderr):
            # UTF-8 in every locale; characters that cannot be encoded are escaped
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
        with _only_standard_output_fails():
            with cli.make_context("lda-cli", arguments) as context:
                cli.invoke(context)
            sys.stdout.flush()
        return EXIT_DONE
    except click.exceptions.Exit as exit_request:
        return exit_request.exit_code
    except LdaCliError as error:
        return _failed(str(error), error.exit_code)
    except click.ClickException as error:
        where = getattr(error, "ctx", None)
        command = where.command_path if where else "lda-cli"
        return _failed(f"{error.format_message()} (see {command} --help)", 2)
    except BrokenPipeError:
        let_go_of(sys.stdout)  # the reader needs no more
        return EXIT_DONE
    except (KeyboardInterrupt, click.Abort):
        return _ended("interrupted", EXIT_INTERRUPTED)
    except Terminated as error:
        return _ended("terminated", EXIT_TERMINATED if error.args == (signal.SIGTERM,) else EXIT_HUNG_UP)
    except MemoryError:
        return _failed("not enough memory; lower model.topics or vocabulary.max_terms", CorpusError.exit_code)
    except Exception as error:
        facts = {"traceback": traceback.format_exc()} if "--debug" in arguments else {}
        if facts and log.form == "text":
            traceback.print_exc()
        message = (
            f"internal error: {type(error).__name__}: {error}; please report it, with the output of --debug"
        )
        return _failed(message, LdaCliError.exit_code, **facts)


def _failed(message: str, status: int, **facts: str) -> int:
    say(message, level="error", event="error", status=status, **facts)
    let_go_of(sys.stdout)
    return status


def _ended(how: str, status: int) -> int:
    say(how, level="warning", event=how, status=status)
    return status
