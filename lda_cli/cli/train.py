"""`lda-cli train`: parse, call the use case, tell how it goes."""

import time

import click

from ..config import find_config
from ..errors import EXIT_TIME_LIMIT, safe
from ..signals import heed_signals
from .options import SETTINGS, Number, common, given_config
from .terminal import say


@click.command(context_settings=SETTINGS)
@common
@click.option("--topics", type=int, metavar="K", help="How many topics; else model.topics.")
@click.option("--seed", type=int, metavar="N", help="Of the random start; else training.seed.")
@click.option("--threads", type=int, metavar="N", help="How many at most; else training.threads.")
@click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Any config key: section.key=value."
)
@click.option("--force", "existing", flag_value="force", help="Replace a model that is there.")
@click.option(
    "--if-changed",
    "existing",
    flag_value="if-changed",
    help="Replace it only if the corpus or the config changed.",
)
@click.option(
    "--resume/--no-resume",
    default=True,
    help="Go on from the checkpoint of a training that was stopped, if there is one; or start anew.",
)
@click.option(
    "--wait",
    type=Number(min=0),
    default=0.0,
    metavar="SECONDS",
    help="How long to wait for another process that trains this model; else not at all.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Write nothing: say what would be read and found, and what memory and time it takes.",
)
@click.option(
    "--depfile",
    metavar="FILE",
    help="Write here, as a rule for GNU Make to include, which files and folders the model is made from.",
)
@click.argument("corpus", nargs=-1)
def train(
    config_path: str | None,
    model_path: str | None,
    talk: str | None,
    topics: int | None,
    seed: int | None,
    threads: int | None,
    overrides: tuple[str, ...],
    existing: str | None,
    resume: bool,
    wait: float,
    dry_run: bool,
    depfile: str | None,
    corpus: tuple[str, ...],
) -> None:
    """Find the topics of a corpus.

    CORPUS is a folder of text, a file, a glob, or - for standard input; else corpus.path. A file holds a
    document a line, unless its name (.jsonl, .csv, .tsv, .mallet; of bags of words .ldac, docword.*, .mtx,
    .npz), its first bytes or corpus.format say otherwise; it may be packed.

    \b
    lda-cli train letters/ --topics 30 -m letters.model
    lda-cli train -c lda.yaml --if-changed --quiet          (for cron)
    lda-cli train mail/ --topics 200 --dry-run              (how long will it take?)
    """
    named = {"model.topics": topics, "training.seed": seed, "training.threads": threads}
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
