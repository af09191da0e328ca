"""What lda-cli says of itself, and that it says so without waiting for NumPy."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lda_cli
from lda_cli.cli import GROUPS, cli
from lda_cli.engine.kernel import kernel_name
from tests.helpers.command import done, environment, lda

SUBCOMMANDS = sorted(cli.commands)


@pytest.mark.parametrize("subcommand", SUBCOMMANDS)
def test_help_of_a_subcommand_holds_an_example(subcommand: str) -> None:
    shown = done(lda(subcommand, "--help"))
    assert shown == done(lda(subcommand, "-h"))
    assert shown.startswith(f"Usage: lda-cli {subcommand} ")
    assert re.search(rf"^  .*lda-cli {subcommand} ", shown, re.MULTILINE)


def test_help_lists_every_subcommand_in_its_group() -> None:
    shown = done(lda("--help"))
    assert shown == done(lda("-h")) == done(lda())
    listed = {
        title: re.findall(
            r"^  (\w+)  ", shown.partition(f"\n{title}:\n")[2].partition("\n\n")[0], re.MULTILINE
        )
        for title in GROUPS
    }
    assert listed == {title: [command.name for command in own] for title, own in GROUPS.items()}
    assert sorted(itertools.chain(*listed.values())) == SUBCOMMANDS


def test_version_names_the_kernel() -> None:
    for kernel in ("numpy", kernel_name({})):
        named = done(lda("--version", env={"LDA_CLI_KERNEL": kernel}))
        assert named == f"lda-cli {lda_cli.__version__} (kernel: {kernel})\n"


def test_script_and_module_are_the_same_command() -> None:
    script = Path(sys.executable).with_name("lda-cli")
    ran = subprocess.run([script, "--help"], capture_output=True, text=True, env=environment(), check=True)
    assert ran.stdout == done(lda("--help"))


def without(packages: set[str], commands: list[str], cwd: Path | None = None) -> None:
    """Run commands of lda-cli in one process, which imports none of the packages."""
    code = (
        "import sys, lda_cli.cli\n"
        f"for command in {commands!r}:\n"
        "    try: lda_cli.cli.main(command.split())\n"
        "    except SystemExit as done: assert not done.code\n"
        f"heavy = {packages!r} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), cwd=cwd, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout


def test_help_and_version_do_not_import_numpy() -> None:
    commands = ["--help", "--version", *(f"{name} --help" for name in SUBCOMMANDS)]
    without({"numpy", "scipy", "tqdm"}, commands)


@pytest.mark.skipif(kernel_name() != "native", reason="the twin of the kernel needs SciPy")
def test_infer_and_inspect_do_not_import_scipy(tmp_path: Path, model: Path) -> None:
    without({"scipy", "tqdm"}, ["infer model/vocabulary.txt", "inspect"], tmp_path)
