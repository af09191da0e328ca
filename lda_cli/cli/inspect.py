"""`lda-cli inspect`: parse the options, load a model, print a table."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from ..config.complaints import close_to, hint
from ..errors import ConfigError
from ..signals import heed_signals
from .options import SETTINGS, common, given_model, needs_csv, spreadsheet_option
from .terminal import say, say_left_out, say_report

if TYPE_CHECKING:
    from ..model.model import Model, Topic
    from .tables import Table

_DOCUMENTS, _DOCUMENTS_OF_TOPICS, _WORDS = 3, 10, 10  # unless --top says it
_EFFECTS = 3  # topics of each value

# Of the tables: the options that only they heed. The topics are the table that no option names.
_OWN = {"--by": ("weights", "wide", "words"), "topics": ("sort", "words_by")}
_WITHOUT_TOP = ("--by", "--verify")
_FOR_PEOPLE = ("text", "markdown")

_SORTS: "dict[str, Callable[[Topic], Any]]" = {
    "number": lambda topic: topic.number,
    "share": lambda topic: -topic.share,
    "npmi": lambda topic: (topic.npmi is None, -(topic.npmi or 0)),
}


@click.command(context_settings=SETTINGS)
@common
@click.option(
    "--top",
    type=click.IntRange(min=1),
    metavar="N",
    help="Words per topic, or topics per --term (default: 10); documents per topic (default: 3, or 10 with "
    "--topic); topics per value of --effects (default: 3, or all with --topic, json and csv).",
)
@click.option(
    "--topic", "numbers", type=int, multiple=True, metavar="T", help="Show only topic T; can be repeated."
)
@click.option("--sort", type=click.Choice(list(_SORTS)), help="Order of the topics (default: number).")
@click.option(
    "--words-by",
    type=click.Choice(["p", "relevance", "frex"]),
    help="Order of the words of a topic: p(word | topic), the default; relevance, 0.6 log p + 0.4 log(p / "
    "p(word)), for words that other topics have less; frex, the harmonic mean of the word's ranks by p and "
    "by p / (sum of p over the topics). The p shown stays p(word | topic).",
)
@click.option(
    "--term", "terms", multiple=True, metavar="WORD", help="Show the topics of a word; can be repeated."
)
@click.option("--names", "with_names", is_flag=True, help="Show names of topics, also automatic ones.")
@click.option(
    "--documents",
    is_flag=True,
    help="Show the documents with the most of each topic, those first whose share is surely large: at least "
    "`low`, with probability 95%. So three words are not first.",
)
@click.option(
    "--by",
    metavar="FIELD",
    help="Show the mean topic shares by a metadata field. Numbers have bins as year:5 (1990-1994; 1.5 to 2 "
    "if not all are whole, without the 2), dates as date:decade, :year, :month or :day. Documents without a "
    "known word are left out.",
)
@click.option(
    "--weights",
    type=click.Choice(["tokens", "documents"]),
    help="With --by: each token counts the same, the default, or each document.",
)
@click.option("--wide", is_flag=True, help="With --by and --format csv: a column per topic, no intervals.")
@click.option(
    "--words",
    is_flag=True,
    help="With --by: show the words of each topic in the documents with each value; `more` are those that it "
    "has more of there, by more than chance. The corpus of the training is read again, or CORPUS, if it is "
    "elsewhere now.",
)
@click.option(
    "--effects",
    is_flag=True,
    help="Show how each value of the fields of model.prevalence changes the expected shares of topics, "
    "against a document without metadata. For a number: how one standard deviation more changes them.",
)
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
@click.argument("corpus", nargs=-1, metavar="[CORPUS]...")
def inspect(
    config_path: str | None,
    model_path: str | None,
    overrides: tuple[str, ...],
    talk: str | None,
    form: str,
    spreadsheet: bool,
    **choice: Any,
) -> None:
    """Show the topics of a model.

    For each topic: its share of all tokens, alpha (its prior), npmi (its coherence), and its most probable
    words. Names that you gave to topics (see `lda-cli label`) are shown too. JSON and CSV have a name for
    every topic; an automatic one begins with ~.

    With --by: `low` and `high`, in json and csv and with --topic, hold the mean with probability 95%, given
    how much the documents differ, and how well their topics are known. One document has no such interval.

    \b
    Examples:
      lda-cli inspect -m letters.model --top 20
      lda-cli inspect --topic 3 --format csv
      lda-cli inspect --term moon
      lda-cli inspect --documents --topic 3
      lda-cli inspect --by year:5 --format csv
      lda-cli inspect --effects
      lda-cli inspect --by date:decade --words --topic 3
      lda-cli inspect --verify
    """
    from ..model import store
    from . import tables

    for extra in () if choice["words"] else choice["corpus"]:
        raise click.UsageError(f"unexpected argument {extra}; give the model directory by -m")
    needs_csv(spreadsheet, form)
    if choice["wide"] and form != "csv":
        raise click.UsageError("--wide needs --format csv")
    kind = _kind(choice)
    heed_signals()
    path = given_model(config_path, model_path, overrides)
    hidden: tuple[int, ...] = ()
    if kind == "--verify":
        table = tables.of_files(store.verify(path))
    else:
        model = store.load(path)
        for number in choice["numbers"]:
            if not 0 <= number < model.n_topics:
                raise ConfigError(f"--topic {number}: the model has topics 0 to {model.n_topics - 1}")
        if form in _FOR_PEOPLE and kind != "--term" and not choice["numbers"]:
            hidden = model.hidden
        shown = [topic for topic in range(model.n_topics) if topic not in hidden]
        table = _TABLES[kind](model, form, path=path, overrides=overrides, talk=talk, shown=shown, **choice)
    show = tables.spreadsheet if spreadsheet else tables.FORMATS[form]
    click.echo(show(table), nl=False)
    if hidden and talk != "quiet":
        listed = ", ".join(map(str, hidden))
        say(f"hidden topics (see them with --topic): {listed}", event="hidden", topics=hidden)


def _kind(choice: dict[str, Any]) -> str:
    """The table that is wanted; raises ConfigError for two, and for options that it does not heed."""
    names = {"--documents": "documents", "--by": "by", "--term": "terms"}
    names |= {"--effects": "effects", "--verify": "verify"}
    kinds = [option for option, name in names.items() if choice[name] not in (None, False, ())] or ["topics"]
    if len(kinds) > 1:
        raise ConfigError(f"{kinds[0]} and {kinds[1]}: are two tables; leave out one of them")
    kind = kinds[0]
    if kind == "--verify" and (choice["numbers"] or choice["with_names"]):
        raise ConfigError("--verify: lists files, not topics; leave out --topic and --names")
    if choice["top"] and kind in _WITHOUT_TOP and not choice["words"]:
        raise ConfigError(f"--top: has no meaning for {kind}; leave it out")
    for own, options in _OWN.items():
        for option in (option for option in options if choice[option] and own != kind):
            remedy = f"leave out {kind}" if own == "topics" else f"needs {own}"
            raise ConfigError(f"--{option.replace('_', '-')}: {remedy}")
    for option in ("weights", "wide") if choice["words"] else ():
        if choice[option]:
            raise ConfigError(f"--{option}: leave out --words")
    return kind


def _names(model: "Model", form: str, **choice: Any) -> Sequence[str]:
    """Return the names of all topics, if the table has them."""
    has_given = any(label.name is not None for label in model.labels.values())
    return model.names if choice["with_names"] or has_given or form not in _FOR_PEOPLE else ()


def _topics(model: "Model", form: str, **choice: Any) -> "Table":
    from . import tables

    topics = model.topics(choice["top"] or _WORDS, choice["words_by"] or "p")
    topics = [topics[number] for number in choice["numbers"] or choice["shown"]]
    if choice["sort"]:
        topics.sort(key=_SORTS[choice["sort"]])
    table = tables.of_topics(topics, _names(model, form, **choice))
    return tables.with_seeds(table, topics, model.seeds) if model.seeds else table


def _terms(model: "Model", form: str, **choice: Any) -> "Table":
    from . import tables

    uses = {}
    for term in choice["terms"]:
        uses[term] = model.term_topics(term)
        if not uses[term]:
            meant = hint(close_to(term, model.vocabulary), "leave out --term to see the words of each topic")
            raise ConfigError(f"--term {term}: not in the vocabulary; {meant}")
    top = choice["top"] or _WORDS
    names = _names(model, form, **choice)
    return tables.of_terms(uses, model.topics(top), only=choice["numbers"], top=top, names=names)


def _documents(model: "Model", form: str, **choice: Any) -> "Table":
    from ..excerpts import excerpts
    from . import document_tables

    numbers = list(dict.fromkeys(choice["numbers"]))
    top = choice["top"] or (_DOCUMENTS_OF_TOPICS if numbers else _DOCUMENTS)
    found = model.best_documents(numbers or choice["shown"], top)
    texts = excerpts(model, {document.id for document in found})
    return document_tables.of_documents(found, texts, _names(model, form, **choice))


def _by(model: "Model", form: str, **choice: Any) -> "Table":
    from . import document_tables

    if choice["words"]:
        return _slices(model, form, **choice)
    numbers, wide = list(dict.fromkeys(choice["numbers"])), choice["wide"]
    is_long = bool(numbers)
    intervals = not wide and (is_long or form in ("json", "csv"))
    groups = model.by(choice["by"], choice["weights"] or "tokens", intervals=intervals)
    names = _names(model, form, **choice) if choice["with_names"] or not wide else ()
    topics = numbers or choice["shown"]
    return document_tables.of_groups(groups, topics, names, is_long=is_long, wide=wide)


def _slices(model: "Model", form: str, **choice: Any) -> "Table":
    from ..config import load_config
    from ..corpus.inputs.report import Report
    from ..slices import slice_topics
    from . import document_tables

    options = {"model.path": choice["path"]}
    config = load_config(overrides=choice["overrides"], options=options, base=model.config)
    topics, report = list(dict.fromkeys(choice["numbers"])) or choice["shown"], Report()
    top = choice["top"] or _WORDS
    found = slice_topics(model, config, choice["by"], choice["corpus"], topics=topics, top=top, report=report)
    if choice["talk"] != "quiet":
        say_left_out(report)
        say_report(report)
    return document_tables.of_slices(found, _names(model, form, **choice))


def _effects(model: "Model", form: str, **choice: Any) -> "Table":
    from ..model.prevalence import effects
    from . import effect_tables

    names, topics = _names(model, form, **choice), list(dict.fromkeys(choice["numbers"])) or choice["shown"]
    top = choice["top"] or (None if choice["numbers"] or form not in _FOR_PEOPLE else _EFFECTS)
    return effect_tables.of_effects(effects(model.prevalence), topics, names, top)


_TABLES = {
    "topics": _topics,
    "--term": _terms,
    "--documents": _documents,
    "--by": _by,
    "--effects": _effects,
}
