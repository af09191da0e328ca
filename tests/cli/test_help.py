"""What lda-cli says of itself, and that it says so without waiting for NumPy."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import lda_cli
from lda_cli.cli import cli
from lda_cli.engine.kernel import kernel_name
from tests.helpers.command import done, environment, lda

SUBCOMMANDS = sorted(cli.commands)


@pytest.mark.parametrize("subcommand", SUBCOMMANDS)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_of_a_subcommand_holds_an_example(subcommand: str, flag: str) -> None:
    shown = done(lda(subcommand, flag))
    assert shown.startswith(f"Usage: lda-cli {subcommand} ")
    assert re.search(rf"^  .*lda-cli {subcommand} ", shown, re.MULTILINE)


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], []])
def test_help_names_every_subcommand(arguments: list[str]) -> None:
    shown = done(lda(*arguments))
    assert [name for name in SUBCOMMANDS if f"  lda-cli {name}" not in shown] == []


def test_version_names_the_kernel() -> None:
    for kernel in ("numpy", kernel_name({})):
        named = done(lda("--version", env={"LDA_CLI_KERNEL": kernel}))
        assert named == f"lda-cli {lda_cli.__version__} (kernel: {kernel})\n"


def test_script_and_module_are_the_same_command() -> None:
    script = Path(sys.executable).with_name("lda-cli")
    ran = subprocess.run([script, "--help"], capture_output=True, text=True, env=environment(), check=True)
    assert ran.stdout == done(lda("--help"))


def without(packages: set[str], arguments: str, cwd: Path | None = None) -> None:
    """Run lda-cli, which prints something and imports none of the packages."""
    code = (
        "import sys, lda_cli.cli\n"
        f"try: lda_cli.cli.main({arguments.split()!r})\n"
        "except SystemExit as done: assert not done.code\n"
        f"heavy = {packages!r} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), cwd=cwd, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout


@pytest.mark.parametrize("arguments", ["--help", "--version", *(f"{name} --help" for name in SUBCOMMANDS)])
def test_help_and_version_do_not_import_numpy(arguments: str) -> None:
    without({"numpy", "scipy", "tqdm"}, arguments)


@pytest.mark.skipif(kernel_name() != "native", reason="the twin of the kernel needs SciPy")
@pytest.mark.parametrize("arguments", ["infer model/vocabulary.txt", "inspect"])
def test_infer_and_inspect_do_not_import_scipy(tmp_path: Path, model: Path, arguments: str) -> None:
    without({"scipy", "tqdm"}, arguments, tmp_path)
