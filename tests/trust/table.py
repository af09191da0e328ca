"""The table of faults in the README: `make trust` tries every case, and writes it, with some figures.

Experiments print a line of JSON each; the last one of each in figures.jsonl is what the table tells.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import input_cases, system_cases
from .case import Case, Ground
from .scene import Scene
from .warm import warm

README = Path(__file__).parents[2] / "README.md"
FIGURES = Path(__file__).with_name("figures.jsonl")
BEGIN, END = "<!-- faults: made by `make trust` -->\n", "<!-- end of faults -->\n"

CASES: list[Case] = [*system_cases.CASES, *input_cases.CASES]


@contextmanager
def made_ground() -> Iterator[Ground]:
    """Where the cases are tried: in a folder that any user may look into."""
    with tempfile.TemporaryDirectory() as folder, warm() as run:
        os.chmod(folder, 0o755)
        yield Ground(Scene(Path(folder), run), run, Path(folder))


def figures() -> dict[str, dict[str, Any]]:
    """What was last recorded of each experiment."""
    lines = FIGURES.read_text(encoding="utf-8").splitlines()
    return {found["experiment"]: found for found in map(json.loads, lines)}


def lines() -> list[str]:
    """The table."""
    rows = [*_experiments(figures()), *((case.what, case.status, case.holds) for case in CASES)]
    head = ["| what is tried | status | what holds |", "| --- | --- | --- |"]
    return head + [f"| {what} | {status} | {holds} |" for what, status, holds in rows]


def _experiments(found: dict[str, dict[str, Any]]) -> Iterator[tuple[str, object, str]]:
    faults, kills, readers, soak = (found[name] for name in ("faults", "kills", "readers", "soak"))
    yield (
        f"each of the {faults['train']} writes, flushes, renames and such of `train`, and of the "
        f"{faults['infer']} of `infer`, fails, in {faults['ways']} ways: once, or from then on, for want of "
        "space, of quota, by an input/output error, or as the file system is read-only; or half is written",
        5,
        f"in {faults['faults']} runs the former files or whole new ones stand, nothing is left over, the "
        "next run goes well; where there is another way, as for an exchange of names, or what is closed is "
        "flushed or checked, it may be 0 with all of the new",
    )
    yield (
        f"`kill -9` at {kills['kills']} random moments of `train` on {kills['documents']} documents",
        "",
        f"the model loads, the former one {kills['former']} times, the new one {kills['new']} times; the "
        f"{kills['completed']} runs that were let go on, {kills['resumed']} of them from a checkpoint, ended "
        "with the bytes of one never killed",
    )
    yield (
        f"{readers['readers']} readers during {readers['replacements']} replacements",
        0,
        f"{sum(readers['answers'])} answers, each of one of the two models; no error",
    )
    yield (
        f"`train`, `infer` and readers side by side for {soak['minutes']:g} minutes",
        0,
        f"{soak['replacing']} replacements, nothing lost; memory and open files of a process that lives long "
        f"flat ({soak['memory'] >> 20} MiB, {soak['files']} files)",
    )


def in_readme() -> list[str]:
    """The table that is in the README."""
    text = README.read_text(encoding="utf-8")
    return text.split(BEGIN)[1].split(END)[0].strip().splitlines()


def main(arguments: list[str]) -> int:
    """Try every case; write the table if all hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.trust table", description=__doc__)
    parser.parse_args(arguments)
    with made_ground() as ground:
        for case in CASES:
            if reason := case.needs():
                print(f"not tried here ({reason}): {case.what}")
            else:
                case.check(ground)
                print(f"{case.status}  {case.what}", flush=True)
    FIGURES.write_text("".join(f"{json.dumps(last)}\n" for last in figures().values()), encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    table = "\n".join(["", *lines(), "", ""])
    README.write_text(f"{before}{BEGIN}{table}{END}{after}", encoding="utf-8")
    return 0
