"""Warnings about a corpus that was read: what makes poor topics, and the setting that changes it."""

from collections.abc import Iterable, Iterator

from ..config import Config
from ..corpus.terms.tokenizer import Tokenizer
from ..corpus.terms.vocabulary import (
    ONE_DOCUMENT,
    ONE_FOR_ALL,
    REMEDIES,
    PruningReport,
    is_one_for_all,
)
from ..corpus.training_corpus import Sizes
from ..errors import safe


def advice(
    config: Config, sizes: Sizes, removed: PruningReport, own_words: Iterable[str], tokenizer: Tokenizer
) -> Iterator[str]:
    """Yield a warning for each fault of a corpus, with its remedy.

    removed : by each rule of the vocabulary
    own_words : stop words that the user wrote: a language's list has marks of punctuation too
    """
    n_documents, n_topics = sizes.n_with_tokens, config.model.topics
    n_without = n_documents - sizes.n_with_words
    rule = _rule_that_removed_most(removed)
    yield from _about_stop_words(own_words, tokenizer)
    if is_one_for_all(config.vocabulary, n_documents):
        yield ONE_FOR_ALL
    if 2 * n_without >= n_documents:
        yield f"{n_without} of {n_documents} documents have no term of the vocabulary; {REMEDIES[rule]}"
    if n_documents == 1:
        yield ONE_DOCUMENT
    elif n_topics > sizes.n_with_words:
        few = _counted(sizes.n_with_words, "document")
        remedy = "use fewer topics (model.topics), or cut documents into parts (corpus.split)"
        yield f"{n_topics} topics for {few} with a term; {remedy}"
    if n_topics > sizes.n_terms:
        few = _counted(sizes.n_terms, "term")
        more = f", or {REMEDIES[rule]}" if getattr(removed, rule).tokens else ""
        yield f"{n_topics} topics for {few}; use fewer topics (model.topics){more}"


def _about_stop_words(words: Iterable[str], tokenizer: Tokenizer) -> Iterator[str]:
    """Yield a warning for stop words that are no words to the tokenizer."""
    lost = sorted(word for word in words if not tokenizer.tokens(word))
    if lost:
        these = f"{_counted(len(lost), 'stop word')} can match nothing, first: {safe(lost[0])}"
        yield f"{these}; tokenizer.pattern finds no word there"


def _rule_that_removed_most(removed: PruningReport) -> str:
    """Name the rule that removed most tokens; stop words only if no other rule removed any."""
    rules = [rule for rule in REMEDIES if rule != "stop_words"]
    most = max(rules, key=lambda rule: getattr(removed, rule).tokens)
    return most if getattr(removed, most).tokens else "stop_words"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
