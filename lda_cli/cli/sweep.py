"""`lda-cli sweep`: parse the options, make the runs, print the table and the suggestion."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import EXIT_TIME_LIMIT, safe
from ..signals import heed_signals
from .options import INPUTS, SETTINGS, common, files_from, given_config, listed, wait_option
from .terminal import say

if TYPE_CHECKING:
    from ..sweep.sweep import Spec


@click.command(context_settings=SETTINGS, epilog=INPUTS)
@common
@click.option("-o", "--output", "folder", required=True, metavar="DIR", help="Folder of all results.")
@click.option(
    "--topics",
    "grid",
    required=True,
    metavar="LIST|A:B",
    help="Numbers of topics: 10,20,40, or 5:100 for about ten between the two.",
)
@click.option(
    "--seeds",
    type=click.IntRange(1, 1000),
    default=3,
    metavar="N",
    help="Trainings with each number of topics, with seeds 0 to N - 1 (default: 3).",
)
@click.option(
    "--held-out",
    default="0.1",
    metavar="SHARE|PATH|none",
    help="Documents not to train on but to predict: a share of the corpus (default: 0.1), or others.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 1000),
    default=1,
    metavar="N",
    help="Trainings at a time (default: 1); each needs its own memory.",
)
@wait_option("another sweep of DIR")
@click.option(
    "--dry-run", is_flag=True, help="Write nothing; list the trainings, and estimate time and disk."
)
@files_from
@click.argument("corpus", nargs=-1)
def sweep(
    config_path: str | None,
    model_path: str | None,
    overrides: tuple[str, ...],
    talk: str | None,
    folder: str,
    grid: str,
    seeds: int,
    held_out: str,
    jobs: int,
    wait: float,
    dry_run: bool,
    files_from: str | None,
    corpus: tuple[str, ...],
) -> None:
    """Train with several numbers of topics, and suggest one, with the reason.

    A number is suggested if its topics come again when only the random seed is another. DIR gets a model of
    each training (runs/), tables (results.tsv, by_topics.tsv), a picture (sweep.svg), the suggestion
    (choice.json), and the model to take (best/). After a stop, the same command goes on where it was; more
    topics or seeds add trainings. The time limit training.max_minutes is of the whole sweep.

    \b
    Examples:
      lda-cli sweep letters/ -o letters.sweep --topics 5:100
      lda-cli sweep -c lda.yaml -o sweep --topics 10,15,20,30 --seeds 5
      lda-cli inspect -m letters.sweep/best
    """
    if model_path is not None:
        raise click.UsageError("sweep writes its models to DIR (-o); leave out --model")
    corpus = listed(files_from, corpus)
    config = given_config(config_path, None, overrides=overrides)

    from ..sweep import grid as grids
    from ..sweep import results
    from ..sweep.split import HeldOut
    from ..sweep.sweep import Spec
    from ..sweep.sweep import sweep as swept
    from .sweep_progress import progress, text_table, waiting

    spec = Spec(config, corpus, Path(folder), grids.parsed(grid), seeds, HeldOut.parsed(held_out))
    heed_signals()
    if dry_run:
        _forecast(spec)
        return
    began = time.perf_counter()
    report = progress(talk)
    found, is_complete = swept(spec, n_jobs=jobs, wait=wait, waits=waiting, report=report)
    click.echo(text_table(found), nl=False)
    click.echo(safe(found.choice.words))
    if talk != "quiet":
        seconds = time.perf_counter() - began
        best = results.best_run(found)
        rest = "" if is_complete else "; time limit reached; run the same command again to continue"
        message = f"{len(found.rows)} trainings, {seconds:.1f} s, saved in {folder}{rest}"
        say(message, event="swept", folder=folder, runs=len(found.rows), is_complete=is_complete)
        say(f"the picture: {folder}/sweep.svg", event="picture", picture=f"{folder}/sweep.svg")
        if best is not None:
            command = f"lda-cli inspect -m {folder}/{results.BEST}"
            say(f"to see the topics of {best.name}: {command}", event="next", command=command)
    if not is_complete:
        click.get_current_context().exit(EXIT_TIME_LIMIT)


def _forecast(spec: "Spec") -> None:
    """Print what a sweep would do."""
    from ..sweep.forecast import forecast
    from .amounts import amount_of_bytes, amount_of_seconds

    found = forecast(spec)
    click.echo(f"trainings: {found.n_missing} of {found.n_runs}; the others are done")
    click.echo(f"topics: {', '.join(map(str, spec.grid))}, with {spec.n_seeds} seeds each")
    click.echo(f"disk: about {amount_of_bytes(found.disk)}")
    click.echo(f"time: about {amount_of_seconds(found.seconds)}")
