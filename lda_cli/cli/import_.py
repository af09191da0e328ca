"""`lda-cli import`: parse the options, make a model of another tool's files, say what was made."""

from collections.abc import Mapping

import click

from ..config import find_config, load_config
from ..config.schema import Config
from ..errors import ConfigError
from ..signals import heed_signals
from .options import SETTINGS, common, given_model, once
from .terminal import say


@click.command(name="import", context_settings=SETTINGS)
@common
@click.option("--force", is_flag=True, help="Replace an existing model.")
@click.option(
    "--topic-keys",
    multiple=True,
    callback=once,
    metavar="FILE",
    help="MALLET's --output-topic-keys, for alpha (default: topic-keys.txt beside the weights).",
)
@click.argument("kind", type=click.Choice(["mallet", "gensim", "sklearn"]))
@click.argument("path")
def import_(
    config_path: str | None,
    model_path: str | None,
    overrides: tuple[str, ...],
    talk: str | None,
    force: bool,
    topic_keys: str | None,
    kind: str,
    path: str,
) -> None:
    """Make a model of what another tool wrote, for infer, inspect and the others.

    \b
    PATH is, for
      mallet   the file of --topic-word-weights-file or --output-state, or a folder
               with topic-word-weights.txt (and topic-keys.txt) or state.gz
      gensim   lda.npz, written in Python, of an LdaModel `lda`, by
               numpy.savez("lda.npz", lambda_=lda.state.get_lambda(),
                   terms=[lda.id2word[i] for i in range(lda.num_terms)],
                   alpha=lda.alpha, eta=lda.eta)
               or a folder with dictionary.txt (Dictionary.save_as_text), lambda.npy,
               alpha.npy and eta.npy, as `lda-cli export gensim` writes it
      sklearn  lda.npz, of a LatentDirichletAllocation `lda` and its `vectorizer`, by
               numpy.savez("lda.npz", components_=lda.components_,
                   feature_names=vectorizer.get_feature_names_out().astype(str),
                   doc_topic_prior_=lda.doc_topic_prior_,
                   topic_word_prior_=lda.topic_word_prior_)

    Pickles (LdaModel.save, joblib) are never read. How texts are cut into words follows from the terms,
    unless CONFIG or --set say it.

    \b
    Examples:
      lda-cli import mallet weights.txt --topic-keys keys.txt -m letters.model
      lda-cli import sklearn lda.npz -m letters.model --set tokenizer.lowercase=false
    """
    model = given_model(config_path, model_path, overrides)

    def configure(base: Config, certain: Mapping[str, object]) -> Config:
        return load_config(config_path or find_config(), overrides=overrides, options=certain, base=base)

    if topic_keys is not None and kind != "mallet":
        raise ConfigError("--topic-keys: a file of MALLET's; leave it out")

    from ..importing.made import import_model

    heed_signals()
    made = import_model(kind, path, model, configure, keys=topic_keys, replace=force)
    if talk == "quiet":
        return
    for warning in made.warnings:
        say(warning, level="warning", event="warning")
    say(
        made.told,
        event="imported",
        model=model,
        tool=kind,
        topics=made.model.n_topics,
        terms=len(made.model.vocabulary),
        documents=made.model.n_documents,
    )
