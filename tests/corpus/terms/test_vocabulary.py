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


def test_a_fraction_is_a_share_of_the_documents() -> None:
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


# documents of each word among ten, settings, and the end of what is said
NOTHING_LEFT = {
    "rare": ([1, 2, 3], {"min_df": 4}, "lower vocabulary.min_df"),
    "common": ([6, 7], {"max_df": 0.5}, "raise vocabulary.max_df"),
    "more common than rare": ([1, 7, 8], {"min_df": 2, "max_df": 0.5}, "raise vocabulary.max_df"),
    # lower min_df, it said; then raise max_df; then lower min_df
    "in a circle": (
        [3, 4],
        {"min_df": 5, "max_df": 2},
        "set vocabulary.min_df to 1 and vocabulary.max_df to 1.0",
    ),
    "one for all": ([2, 3], {"max_df": 1}, "vocabulary.max_df=1 is one document, 1.0 is all; set it to 1.0"),
    "one for all, rare": ([2, 3], {"min_df": 5, "max_df": 1}, "1 is one document, 1.0 is all; set it to 1.0"),
    "no word but stop words": ([], {}, "set vocabulary.stop_words to none"),
}


@pytest.mark.parametrize("case", NOTHING_LEFT)
def test_remedy_is_one_that_leaves_words(case: str) -> None:
    documents, settings, remedy = NOTHING_LEFT[case]
    config = VocabularyConfig(**{"min_df": 1, "max_df": 1.0, **settings})
    counts = np.array([*documents, 10])
    terms = [*"abcdef"[: len(documents)], "the"]
    with pytest.raises(CorpusError) as error:
        prune(terms, counts, counts, n_documents=10, config=config, stop_words={"the"})
    assert str(error.value).endswith(remedy)


def test_remedy_for_one_document_is_to_make_several() -> None:
    config = VocabularyConfig(min_df=5, max_df=0.5)
    one = np.array([1])
    with pytest.raises(
        CorpusError, match=r"all text is one document; set corpus.format to lines .* corpus.split"
    ):
        prune(["moon"], one, one, n_documents=1, config=config, stop_words=())
