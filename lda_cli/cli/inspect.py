"""`lda-cli inspect`: parse, ask the model, print a table."""

import click

from ..config.complaints import close_to, hint
from ..errors import ConfigError
from ..signals import heed_signals
from .options import SETTINGS, common, given_config


@click.command(context_settings=SETTINGS)
@common
@click.option(
    "--top", type=click.IntRange(min=1), default=10, show_default=True, metavar="N", help="Words a topic."
)
@click.option(
    "--topic", "numbers", type=int, multiple=True, metavar="T", help="Only this topic; may be repeated."
)
@click.option(
    "--term", "terms", multiple=True, metavar="WORD", help="The topics that use a word; may be repeated."
)
@click.option("--verify", is_flag=True, help="Check every file of the model, and list them.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv", "markdown"]),
    default="text",
    show_default=True,
    help="Of the table.",
)
def inspect(
    config_path: str | None,
    model_path: str | None,
    talk: str | None,
    top: int,
    numbers: tuple[int, ...],
    terms: tuple[str, ...],
    verify: bool,
    form: str,
) -> None:
    """Show the topics of a model: share of the tokens, alpha, npmi, first words.

    \b
    lda-cli inspect -m letters.model --top 20
    lda-cli inspect --topic 3 --format csv
    lda-cli inspect --term moon
    lda-cli inspect --verify
    """
    from ..model import store
    from . import tables

    heed_signals()
    path = given_config(config_path, model_path).model.path
    if verify:
        if numbers or terms:
            raise ConfigError("--verify: checks the files and shows no topic; leave out --topic and --term")
        click.echo(tables.FORMATS[form](tables.of_files(store.verify(path))), nl=False)
        return
    model = store.load(path)
    topics = model.topics(top)
    for number in numbers:
        if not 0 <= number < len(topics):
            raise ConfigError(f"--topic {number}: the model's topics are 0 to {len(topics) - 1}")
    if terms:
        uses = {}
        for term in terms:
            uses[term] = model.term_topics(term)
            if not uses[term]:
                meant = hint(
                    close_to(term, model.vocabulary), "inspect without --term shows the topics' words"
                )
                raise ConfigError(f"--term {term}: it is not in the vocabulary; {meant}")
        table = tables.of_terms(uses, topics, only=numbers, top=top)
    else:
        table = tables.of_topics([topics[number] for number in numbers] if numbers else topics)
    click.echo(tables.FORMATS[form](table), nl=False)
