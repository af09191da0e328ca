"""`lda-cli infer --markup` and what else reaches a terminal: words in colours, a bar, and nothing raw."""

import contextlib
import os
import pty
import re
import subprocess
import termios
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.helpers.command import COMMAND, QUICK, done, environment, lda
from tests.helpers.files import write

TEXT = "The Moon and the comet;\nthen sail away.\n"
COLOUR = re.compile(r"\x1b\[38;5;(\d+)m\x1b\[1m([^\x1b]*)\x1b\[0m")


def on_a_terminal(
    *arguments: object, cwd: Path, env: Mapping[str, str] = {}, stderr_too: bool = False
) -> str:
    """What a terminal is sent, with the line ends of a file."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    command = [*COMMAND, *map(str, arguments)]
    error = theirs if stderr_too else subprocess.PIPE
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=error, cwd=cwd, env=environment(env)
    ) as process:
        os.close(theirs)
        sent = b""
        with contextlib.suppress(OSError):  # Linux says so when the last writer is gone
            while block := os.read(ours, 65536):
                sent += block
    os.close(ours)
    assert process.returncode == 0
    return sent.decode().replace("\r\n", "\n")


def test_markup_names_the_topic_of_each_known_word(tmp_path: Path, model: Path) -> None:
    write(tmp_path / "new", {"a.txt": TEXT})
    marked = done(lda("infer", "new", "--markup", cwd=tmp_path))
    name, *text, space, harbour, _ = marked.split("\n")[:-1]
    assert name == "a.txt"
    (moon, comet), (sail,) = (re.findall(r"\w+\[(\d)\]", line) for line in text[:2])
    assert moon == comet != sail
    assert re.sub(r"\[\d\]", "", "\n".join(text[:2])) == TEXT.removesuffix("\n")
    assert re.fullmatch(rf"  topic\[{moon}\] \d+%: moon orbit planet telescope comet galaxy rocket .*", space)
    assert re.fullmatch(
        rf"  topic\[{sail}\] \d+%: sail anchor vessel captain lighthouse cargo rudder .*", harbour
    )


def test_terminal_gets_the_text_in_colours(tmp_path: Path, model: Path) -> None:
    write(tmp_path / "new", {"a.txt": TEXT})
    sent = on_a_terminal("infer", "new", "--markup", cwd=tmp_path)
    coloured = COLOUR.findall(sent)
    words = {word: colour for colour, word in coloured}
    assert words["Moon"] == words["comet"] != words["sail"]
    legend = [(colour, word) for colour, word in coloured if word.startswith("topic ")]
    assert [colour for colour, _ in legend] == [words["Moon"], words["sail"]]
    assert TEXT in COLOUR.sub(r"\2", sent)
    assert "\x1b" not in COLOUR.sub(r"\2", sent)


def test_terminal_that_wants_no_colour_gets_none(tmp_path: Path, model: Path) -> None:
    write(tmp_path / "new", {"a.txt": TEXT + "moon\r\n"})
    plain = done(lda("infer", "new", "--markup", cwd=tmp_path))
    assert "\\" not in plain  # of line ends of Windows
    assert on_a_terminal("infer", "new", "--markup", cwd=tmp_path, env={"NO_COLOR": "1"}) == plain


def test_control_characters_of_a_text_never_reach_a_terminal(tmp_path: Path, model: Path) -> None:
    evil = "moon\x1b[2Jsail\x07 \u202eoven\x9b31m\x1f\u2066 comet\x7f\x08\u200b\ud7ff"
    write(tmp_path / "new", {"\x1b]0;evil\x07.txt": evil[:-1] + "\rthe end"})
    for sent in (
        on_a_terminal("infer", "new", "--markup", cwd=tmp_path, env={"TERM": "dumb"}),
        COLOUR.sub(r"\2", on_a_terminal("infer", "new", "--markup", cwd=tmp_path)),
        done(lda("infer", "new", "--markup", cwd=tmp_path)),
    ):
        assert sent.replace("\n", "").isprintable()
        assert r"\x1b[2J" in sent


def test_records_on_a_terminal_have_no_colours(tmp_path: Path, model: Path) -> None:
    write(tmp_path / "new", {"a.txt": TEXT})
    assert on_a_terminal("infer", "new", cwd=tmp_path) == done(lda("infer", "new", cwd=tmp_path))


@pytest.mark.parametrize(
    ("talk", "has_bar"), [([], True), (["--quiet"], False), (["--log-format", "json"], False)]
)
def test_bar_is_not_for_quiet_or_json(tmp_path: Path, corpus: Path, talk: list[str], has_bar: bool) -> None:
    sent = on_a_terminal("train", corpus, *QUICK, *talk, cwd=tmp_path, stderr_too=True)
    assert ("training:" in sent and "pass/s" in sent) == has_bar
