"""What the readers and the depfile have to tell a user, on standard error."""

from typing import TYPE_CHECKING

from ..corpus.inputs.files import printable
from ..corpus.inputs.report import Report
from .terminal import say

if TYPE_CHECKING:
    from ..training.depfile import Written


def tell(report: Report, names: int = 1) -> None:
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


def tell_of_depfile(written: "Written") -> None:
    """Say what Make will not notice."""
    if written.unwritable:
        n_names, first = len(written.unwritable), printable(written.unwritable[0])
        told = f"Make will not notice changes of {n_names} files that it could not name, the first: {first}"
        say(told, level="warning", event="depfile", count=n_names, example=first)
    for folder in map(printable, written.unwatched):
        told = f"Make will not notice new files in {folder}, which the training itself changes"
        say(told, level="warning", event="depfile", folder=folder)
