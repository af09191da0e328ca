"""The README is true: its commands are run as they stand, its tables are compared with the code."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from lda_cli import errors
from lda_cli.cli import cli
from lda_cli.config import Config, to_mapping

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands() -> list[tuple[str, str]]:
    """Every command of the console blocks with the output that the README shows."""
    entries = re.split(r"^\$ ", "".join(blocks("console")), flags=re.MULTILINE)[1:]
    return [(command, output) for command, _, output in (entry.partition("\n") for entry in entries)]


def run(command: str, folder: Path) -> str:
    """Run a line of shell where lda-cli is installed; its standard output."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LDA_CLI_")}
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environ | {"PATH": path}, capture_output=True, check=False
    )
    assert done.returncode == 0, (command, done.stderr.decode())
    return done.stdout.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "my-texts").symlink_to(ROOT / "sample_corpus")  # the reader's own folder
    for name in ("sample_corpus", "configs"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d]{2,}", text))


def test_commands_of_the_tour_do_what_they_are_said_to_do(folder: Path) -> None:
    assert len(commands()) > 10
    for command, shown in commands():
        got = run(command, folder)
        if shown.strip():
            # Another processor rounds otherwise, and words of almost equal probability may change places.
            shared = words(shown) & words(got)
            assert len(shared) >= 0.8 * len(words(shown)), (command, got)
            assert shown.count("\n") <= got.count("\n"), (command, got)


def test_python_of_the_tour_runs(folder: Path) -> None:
    (snippet,) = blocks("python")
    (folder / "tour.py").write_text(snippet, encoding="utf-8")
    printed = run(f"{sys.executable} tour.py", folder)
    assert "wind" in printed
    assert "term='tide'" in printed


@pytest.mark.parametrize(("language", "file"), [("crontab", "crontab"), ("bash", "topics.sh")])
def test_examples_of_the_tour_are_the_files_that_are_tested(language: str, file: str) -> None:
    assert blocks(language) == [(ROOT / "configs/cron" / file).read_text(encoding="utf-8")]


def test_rule_for_make_is_of_the_makefile_that_is_tested() -> None:
    (rule,) = blocks("make")
    assert f"\n\n{rule}\n" in (ROOT / "configs/cron/Makefile").read_text(encoding="utf-8")


def test_set_up_commands_are_targets_of_the_makefile() -> None:
    (block,) = blocks("sh")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in block.splitlines():
        target = re.match(r"make (\w+)", line)
        assert target
        assert f"\n{target[1]}:" in makefile


def test_exit_statuses_are_those_of_the_code() -> None:
    table = README.split("## Exit status")[1].split("##")[0]
    listed = {
        int(n) for cell in re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE) for n in cell.split(",")
    }
    kinds = [errors.LdaCliError, *errors.LdaCliError.__subclasses__()]
    constants = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    assert listed == {kind.exit_code for kind in kinds} | constants


def settings(mapping: dict[str, object], prefix: str = "") -> list[tuple[str, object]]:
    return [
        pair
        for key, value in mapping.items()
        for pair in (
            settings(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
        )
    ]


def test_table_of_the_config_has_every_key() -> None:
    table = README.split("## The config")[1].split("## ")[0]
    for key, _ in settings(to_mapping(Config())):
        section, _, name = key.rpartition(".")
        assert f"`{key}`" in table or (f"`{section}." in table and f"`.{name}`" in table), key


def test_every_option_is_told_of() -> None:
    for command in cli.commands.values():
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert any(f"{name}" in README for name in parameter.opts), parameter.opts
