"""The table of FAULTS.md: `make trust` tries every case, and writes it with figures of the experiments.

Each experiment prints a line of JSON. The table shows the last one of each in figures.jsonl.
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

FAULTS = Path(__file__).with_name("FAULTS.md")
FIGURES = Path(__file__).with_name("figures.jsonl")
HEAD = ["| what is tried | status | what holds |", "| --- | --- | --- |"]

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
    return HEAD + [f"| {what} | {status} | {holds} |" for what, status, holds in rows]


def _experiments(found: dict[str, dict[str, Any]]) -> Iterator[tuple[str, object, str]]:
    faults, kills, soak = (found[name] for name in ("faults", "kills", "soak"))
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
        f"`train`, `infer` and readers side by side for {soak['minutes']:g} minutes",
        0,
        f"{soak['replacing']} replacements, nothing lost; {soak['reading']} reads, each of one of the two "
        "models; memory and open files of a process that lives long flat "
        f"({soak['memory'] >> 20} MiB, {soak['files']} files)",
    )


def in_file() -> list[str]:
    """The table that is in FAULTS.md."""
    text = FAULTS.read_text(encoding="utf-8").splitlines()
    return text[text.index(HEAD[0]) :]


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
    prose, _, _ = FAULTS.read_text(encoding="utf-8").partition(HEAD[0])
    FAULTS.write_text(prose + "".join(f"{line}\n" for line in lines()), encoding="utf-8")
    return 0
