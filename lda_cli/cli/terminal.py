"""Output for terminals and logs: lines on standard error, escapes, colours."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TextIO

import click

from ..errors import safe
from ..table_text import json_line

if TYPE_CHECKING:
    from ..corpus.inputs.report import Report
    from ..model.model import Word

# Distinct colours of xterm's 256, for light and dark backgrounds; further topics reuse them.
PALETTE = (33, 166, 34, 199, 136, 37, 129, 160, 70, 208, 62, 172, 30, 168, 100, 27)


@dataclass
class Log:
    """How `say` writes: `form` is the value of --log-format; has_times puts the time before each text."""

    form: Literal["text", "json"] = "text"
    has_times: bool = False


log = Log()  # for standard error of this process


def say(
    message: str,
    *,
    level: Literal["info", "warning", "error"] = "info",
    event: str = "message",
    **facts: object,
) -> None:
    """Write one line on standard error; ignore errors of writing it.

    event, facts : name and data of the message, for programs that read the log as JSON
    """
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    if log.form == "json":
        line = json_line({"time": now, "level": level, "event": event, "message": message, **facts})
    else:
        line = f"{now} " if log.has_times else ""
        line += f"lda-cli: {'error: ' if level == 'error' else ''}{safe(message)}"
    try:
        click.echo(line, err=True)
    except OSError:
        let_go_of(sys.stderr)


def say_report(report: "Report", names: int = 1) -> None:
    """Say what the readers skipped, replaced or found repeated, with the first `names` of each."""
    for event, count, examples, done in (
        ("skipped", report.n_skipped, report.skipped, "skipped"),
        ("replaced", report.n_replaced, report.replaced, "read with replaced bytes"),
        ("repeated", report.n_repeated, report.repeated, "read with an id that was used before"),
    ):
        if count:
            first = f"{count} {done}, first: {examples[0]}"
            say(first, level="warning", event=event, count=count, example=examples[0])
            for example in examples[1:names]:
                say(f"{done}: {example}", level="warning", event=event, example=example)
    for note in report.notes:
        say(note, level="warning", event="metadata")


def say_left_out(report: "Report") -> None:
    """Say which kinds of files were left out of folders."""
    if report.left_out:
        message = f"left out: {report.left_out_in_words}"
        say(message, event="left_out", left_out=report.left_out)


def let_go_of(stream: TextIO) -> None:
    """Flush a stream; if this fails, send it to /dev/null, so that the flush at exit does not fail too."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def has_colour(stream: TextIO) -> bool:
    """Whether to use colour: on a terminal, unless NO_COLOR is set (no-color.org) or TERM is dumb."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def marked_up(text: str, words: "Sequence[Word]", colour: bool) -> str:
    """The text with its known words coloured by topic, or, without colour, followed by [topic]."""
    parts = []
    end = 0
    for word in words:
        between, own = text[end : word.start], text[word.start : word.end]
        parts += [_plain(between), painted(safe(own), word.topic, colour)]
        end = word.end
    return "".join(parts) + _plain(text[end:])


def _plain(text: str) -> str:
    return safe(text.replace("\r\n", "\n"), keep="\n\t")


def painted(text: str, topic: int, colour: bool) -> str:
    """Text in the colour of a topic, or followed by its number."""
    if not colour:
        return f"{text}[{topic}]"
    return click.style(text, fg=PALETTE[topic % len(PALETTE)], bold=True)
