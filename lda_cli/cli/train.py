"""`lda-cli train`: parse the options, train a model, print progress."""

import time

import click

from ..config import find_config
from ..errors import EXIT_TIME_LIMIT, safe
from ..signals import heed_signals
from .options import INPUTS, SETTINGS, cluster_option, common, files_from, given_config, listed, wait_option
from .terminal import say


@click.command(context_settings=SETTINGS, epilog=INPUTS)
@common
@click.option("--topics", type=int, metavar="K", help="Number of topics (default: model.topics).")
@click.option("--seed", type=int, metavar="N", help="Random seed (default: training.seed).")
@click.option("--threads", type=int, metavar="N", help="Number of threads (default: training.threads).")
@click.option("--force", "existing", flag_value="force", help="Replace an existing model.")
@click.option(
    "--if-changed",
    "existing",
    flag_value="if-changed",
    help="Replace an existing model only if the corpus or config changed.",
)
@click.option(
    "--resume/--no-resume",
    default=True,
    help="Continue a stopped training from its checkpoint (default), or start over.",
)
@wait_option("another process that trains this model")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Write nothing; estimate the size of the corpus, memory, disk and time.",
)
@click.option(
    "--depfile",
    metavar="FILE",
    help="Write a rule for GNU Make with the files that the model depends on.",
)
@click.option(
    "--start",
    metavar="MODEL",
    help="Start from the topics of a model, which keep their numbers and names; self: from those of the "
    "model that is replaced, if it is there (default: model.start).",
)
@cluster_option
@files_from
@click.argument("corpus", nargs=-1)
def train(
    config_path: str | None,
    model_path: str | None,
    overrides: tuple[str, ...],
    talk: str | None,
    topics: int | None,
    seed: int | None,
    threads: int | None,
    existing: str | None,
    resume: bool,
    wait: float,
    dry_run: bool,
    depfile: str | None,
    start: str | None,
    cluster: str | None,
    files_from: str | None,
    corpus: tuple[str, ...],
) -> None:
    """Train a model: find the topics of a corpus.

    CORPUS is a folder of text, a file, a glob, or - for standard input (default: corpus.path).

    \b
    Examples:
      lda-cli train letters/ --topics 30 -m letters.model
      lda-cli train -c lda.yaml --if-changed --start self --quiet     (for cron: topics keep their numbers)
      lda-cli train mail/ --topics 200 --dry-run              (how long will it take?)
    """
    corpus = listed(files_from, corpus)
    named = {
        "model.topics": topics,
        "training.seed": seed,
        "training.threads": threads,
        "training.cluster": cluster,
        "model.start": start,
    }
    options = {key: value for key, value in named.items() if value is not None}
    config = given_config(config_path, model_path, overrides=overrides, options=options)

    from ..corpus.inputs.files import printable
    from ..training import train as training
    from ..training.depfile import check_depfile, mark_out_of_date, write_depfile
    from ..training.dry_run import estimate
    from . import forecast
    from .progress import progress

    heed_signals()
    if dry_run:
        is_up_to_date = existing == "if-changed" and training.up_to_date(config, corpus)
        found = None if is_up_to_date else estimate(config, corpus)
        for line in forecast.lines(found, config.model.path, existing):
            click.echo(safe(line))
        return
    began = time.time_ns()
    if depfile is not None:
        check_depfile(depfile, config, corpus)
    model = training.train(
        config,
        corpus,
        replace=existing == "force",
        if_changed=existing == "if-changed",
        resume=resume,
        wait=wait,
        begins=lambda: None if depfile is None else mark_out_of_date(depfile, config),
        report=progress(talk),
    )
    if depfile is not None:
        path = config_path or find_config()
        others = [] if path is None else [str(path)]
        left_out = write_depfile(depfile, config, corpus, others, began if model.is_complete else None)
        if left_out and talk != "quiet":
            first = printable(left_out[0])
            message = f"{depfile}: Make will not notice changes of {len(left_out)} inputs, first: {first}"
            say(message, level="warning", event="depfile", count=len(left_out), example=first)
    if not model.is_complete:
        click.get_current_context().exit(EXIT_TIME_LIMIT)
