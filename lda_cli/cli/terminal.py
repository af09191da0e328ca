"""What a terminal may be shown, and how: lines on standard error, escapes, colours."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TextIO

import click

from ..errors import safe

if TYPE_CHECKING:
    from ..corpus.inputs.report import Report
    from ..model.model import Word

# Of xterm's 256 colours, some that differ well, on light and on dark; topics beyond their number share them.
PALETTE = (33, 166, 34, 199, 136, 37, 129, 160, 70, 208, 62, 172, 30, 168, 100, 27)


# json.dumps would make it anew for each record
_IN_ANY_SCRIPT = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def json_line(record: object) -> str:
    """The record as JSON on one line, readable in any script where all of it is printable, else in ASCII."""
    line = _IN_ANY_SCRIPT(record)
    return line if line.isprintable() else json.dumps(record)


@dataclass
class Log:
    """How `say` writes: `form` is what --log-format asks for; a text has a time before it, or none."""

    form: Literal["text", "json"] = "text"
    has_times: bool = False


log = Log()  # of this process's standard error


def say(
    message: str,
    *,
    level: Literal["info", "warning", "error"] = "info",
    event: str = "message",
    **facts: object,
) -> None:
    """One line on standard error; where nobody can read it, the exit status has to do.

    event, facts : what it tells of, and its numbers, for programs that read the log as JSON
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


def tell(report: "Report", names: int = 1) -> None:
    """Say what the readers left out, replaced or met again, with the first `names` of each."""
    for event, count, examples, done in (
        ("skipped", report.n_skipped, report.skipped, "skipped"),
        ("replaced", report.n_replaced, report.replaced, "read with replaced bytes"),
        ("repeated", report.n_repeated, report.repeated, "read under an id that came before"),
    ):
        if count:
            first = f"{count} {done}, the first: {examples[0]}"
            say(first, level="warning", event=event, count=count, example=examples[0])
            for example in examples[1:names]:
                say(f"{done}: {example}", level="warning", event=event, example=example)


def let_go_of(stream: TextIO) -> None:
    """Write what can be written; let the interpreter's own flush, on its way out, not fail again."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def has_colour(stream: TextIO) -> bool:
    """Whether to colour: on a terminal, unless NO_COLOR is set (no-color.org) or the terminal is dumb."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def marked_up(text: str, words: "Sequence[Word]", colour: bool) -> str:
    """The text with its known words coloured by topic, or, without colour, followed by [topic]."""
    chunks = []
    end = 0
    for word in words:
        between, own = text[end : word.start], text[word.start : word.end]
        chunks += [_plain(between), painted(safe(own), word.topic, colour)]
        end = word.end
    return "".join(chunks) + _plain(text[end:])


def _plain(text: str) -> str:
    return safe(text.replace("\r\n", "\n"), keep="\n\t")


def painted(text: str, topic: int, colour: bool) -> str:
    """Text in the colour of a topic, or followed by its number."""
    if not colour:
        return f"{text}[{topic}]"
    return click.style(text, fg=PALETTE[topic % len(PALETTE)], bold=True)
