import numpy as np
import pytest

from lda_cli.config import VocabularyConfig
from lda_cli.corpus.terms.vocabulary import Amount, PruningReport, prune
from lda_cli.errors import CorpusError

#                terms, occurrences, documents of a corpus of ten
FOUND = {"the": (90, 10), "moon": (9, 4), "apple": (9, 4), "orbit": (7, 5), "zebra": (1, 1), "Ünï": (2, 2)}


def pruned(stop_words: tuple[str, ...] = (), **settings: object) -> tuple[list[str], PruningReport]:
    config = VocabularyConfig(**{"min_df": 1, "max_df": 1.0, **settings})
    occurrences, documents = np.array(list(FOUND.values())).T
    terms = list(FOUND)
    kept, report = prune(terms, occurrences, documents, n_documents=10, config=config, stop_words=stop_words)
    return [terms[place] for place in kept], report


def test_terms_are_sorted_by_code_point() -> None:
    assert pruned()[0] == ["apple", "moon", "orbit", "the", "zebra", "Ünï"]


def test_an_integer_counts_documents_and_both_ends_are_kept() -> None:
    assert pruned(min_df=2, max_df=4)[0] == ["apple", "moon", "Ünï"]


def test_a_fraction_is_a_share_of_all_documents() -> None:
    assert pruned(min_df=0.4, max_df=0.5)[0] == ["apple", "moon", "orbit"]


def test_one_is_one_document_and_one_point_zero_is_all() -> None:
    assert pruned(max_df=1)[0] == ["zebra"]
    assert "the" in pruned(max_df=1.0)[0]


def test_max_terms_keeps_the_most_frequent_and_ties_go_by_code_point() -> None:
    assert pruned(max_terms=2)[0] == ["apple", "the"]
    assert pruned(max_terms=3)[0] == ["apple", "moon", "the"]


def test_report_counts_what_each_rule_removed_in_turn() -> None:
    report = pruned(("the", "nowhere"), min_df=2, max_df=4, max_terms=1)[1]
    assert report == PruningReport(
        found=Amount(terms=6, tokens=118),
        stop_words=Amount(1, 90),  # the
        min_df=Amount(1, 1),  # zebra
        max_df=Amount(1, 7),  # orbit
        max_terms=Amount(2, 11),  # moon Ünï
    )


def test_nothing_left_is_an_error_that_counts_and_names_the_rule_to_change() -> None:
    with pytest.raises(CorpusError) as error:
        pruned(("the",), min_df=6)
    assert str(error.value) == (
        "no word is left: of 6 distinct terms stop_words removed 1, min_df=6 removed 5, max_df=1.0 removed 0"
        "; lower vocabulary.min_df"
    )
