"""`lda-cli diff`: parse the options, compare two models, print what was found."""

import click

from ..signals import heed_signals
from .options import SETTINGS, Number, messages_only, output_option
from .output import format_of_report, refuse_compressed, text_output

_FORMATS = ("text", "json", "csv", "markdown")


@click.command(context_settings=SETTINGS)
@messages_only
@click.option(
    "--top", type=click.IntRange(min=1), default=10, show_default=True, metavar="N", help="Words per topic."
)
@click.option(
    "--fail-above",
    type=Number(0, 1),
    metavar="X",
    help="Leave with status 8 if a topic of OLD is further than X from its partner, or, if it is gone, from "
    "the nearest topic of NEW. Such as 0.1 where topics go on from the old ones.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="Output format (default: by the name of FILE, else text).",
)
@output_option()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
def diff(
    talk: str | None,
    top: int,
    fail_above: float | None,
    form: str | None,
    output: str | None,
    old: str,
    new: str,
) -> None:
    """Compare two models: are the topics still the same?

    OLD and NEW are model directories. Each topic of OLD gets the topic of NEW that it became, one to one, by
    the squared Hellinger distance of their words: 0 for equal topics, 1 without a common word. Of trainings
    on nearly the same documents, topics that go on from the old ones are 0.02 to 0.03 apart, and those of
    another seed 0.1 to 0.2 on average. From 0.5 on a topic is gone, and the other one is new.

    Each row has the distance, the shares of all tokens then and now, and the first words now: + is before
    those that came, - before those that went. A topic that is gone or new has the nearest topic of the other
    model instead: two topics that merged, or one that was split, are found there.

    \b
    Examples:
      lda-cli diff letters.model.1 letters.model
      lda-cli diff old.model new.model --fail-above 0.3 -o changes.json
    """
    refuse_compressed(output)
    form = form or format_of_report(output, _FORMATS)

    from ..comparing import Side, check_limit, compare
    from ..model.store import load
    from .diff_formats import FORMATS

    heed_signals()
    found = compare(Side(old, load(old)), Side(new, load(new)), top)
    text = FORMATS[form](found)
    with text_output(output) as stream:
        stream.write(text)
    if fail_above is not None:
        check_limit(found, fail_above)
