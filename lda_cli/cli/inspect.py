"""`lda-cli inspect`: parse the options, load a model, print a table."""

import click

from ..config.complaints import close_to, hint
from ..errors import ConfigError
from ..signals import heed_signals
from .options import SETTINGS, common, given_model, needs_csv, spreadsheet_option
from .terminal import say


@click.command(context_settings=SETTINGS | {"allow_extra_args": True})
@common
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    metavar="N",
    help="Words per topic, or topics per --term.",
)
@click.option(
    "--topic", "numbers", type=int, multiple=True, metavar="T", help="Show only topic T; can be repeated."
)
@click.option(
    "--term", "terms", multiple=True, metavar="WORD", help="Show the topics of a word; can be repeated."
)
@click.option("--names", "with_names", is_flag=True, help="Show names of topics, also automatic ones.")
@click.option("--verify", is_flag=True, help="Check all files of the model and list them.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv", "markdown"]),
    default="text",
    show_default=True,
    help="Output format.",
)
@spreadsheet_option
def inspect(
    config_path: str | None,
    model_path: str | None,
    overrides: tuple[str, ...],
    talk: str | None,
    top: int,
    numbers: tuple[int, ...],
    terms: tuple[str, ...],
    with_names: bool,
    verify: bool,
    form: str,
    spreadsheet: bool,
) -> None:
    """Show the topics of a model.

    For each topic: its share of all tokens, alpha (its prior), npmi (its coherence), and its most probable
    words. Names that you gave to topics (see `lda-cli label`) are shown too. JSON and CSV have a name for
    every topic; an automatic one begins with ~.

    \b
    Examples:
      lda-cli inspect -m letters.model --top 20
      lda-cli inspect --topic 3 --format csv
      lda-cli inspect --term moon
      lda-cli inspect --verify
    """
    from ..model import store
    from . import tables

    for extra in click.get_current_context().args:
        raise click.UsageError(f"unexpected argument {extra}; give the model directory by -m")
    needs_csv(spreadsheet, form)
    heed_signals()
    path = given_model(config_path, model_path, overrides)
    show = tables.spreadsheet if spreadsheet else tables.FORMATS[form]
    if verify:
        if numbers or terms:
            raise ConfigError("--verify: lists files, not topics; leave out --topic and --term")
        click.echo(show(tables.of_files(store.verify(path))), nl=False)
        return
    model = store.load(path)
    topics = model.topics(top)
    is_for_people = form in ("text", "markdown")
    has_names = any(label.name is not None for label in model.labels.values())
    names = model.names if with_names or has_names or not is_for_people else ()
    hidden = model.hidden if is_for_people and not (numbers or terms) else ()
    for number in numbers:
        if not 0 <= number < len(topics):
            raise ConfigError(f"--topic {number}: the model has topics 0 to {len(topics) - 1}")
    if terms:
        uses = {}
        for term in terms:
            uses[term] = model.term_topics(term)
            if not uses[term]:
                meant = hint(
                    close_to(term, model.vocabulary), "leave out --term to see the words of each topic"
                )
                raise ConfigError(f"--term {term}: not in the vocabulary; {meant}")
        table = tables.of_terms(uses, topics, only=numbers, top=top, names=names)
    else:
        listed = numbers or [topic.number for topic in topics if topic.number not in hidden]
        table = tables.of_topics([topics[number] for number in listed], names)
    click.echo(show(table), nl=False)
    if hidden and talk != "quiet":
        say(
            f"hidden topics (see them with --topic): {', '.join(map(str, hidden))}",
            event="hidden",
            topics=hidden,
        )
