from pathlib import Path

import numpy as np
import pytest

from lda_cli.config import VocabularyConfig
from lda_cli.corpus.vocabulary import Amount, PruningReport, load_stop_words, prune
from lda_cli.errors import ConfigError, CorpusError

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


def test_one_is_one_document_and_one_point_nought_is_all() -> None:
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


def test_english_stop_words_are_function_words_and_pieces_of_contractions() -> None:
    words = load_stop_words("english")
    assert {"the", "whom", "although", "beneath", "doesn", "don", "ve", "ll"} <= words
    assert not {"moon", "time", "people", "government"} & words
    assert 300 <= len(words) <= 400


def test_english_list_is_sorted_lower_case_and_without_repetition() -> None:
    path = Path(__file__).parents[2] / "lda_cli/corpus/stop_words_english.txt"
    comment, *words = path.read_text("utf-8").splitlines()
    assert comment.startswith("#")
    assert words == sorted({word.lower() for word in words})


def test_stop_words_none_and_a_list() -> None:
    assert load_stop_words("none") == frozenset()
    assert load_stop_words(("a", "b")) == {"a", "b"}


def test_stop_words_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "stop.txt"
    path.write_bytes("\ufeff# ours\r\nder\r\n\r\n  die # article\r\nfür".encode())
    assert load_stop_words(str(path)) == {"der", "die", "für"}
    path.write_bytes("für".encode("latin-1"))
    assert load_stop_words(str(path), "latin-1") == {"für"}
    with pytest.raises(ConfigError, match=r"not valid utf-8 at byte 1"):
        load_stop_words(str(path))


@pytest.mark.parametrize("name", ["englsh", "."])
def test_stop_words_that_cannot_be_read_are_a_config_error(name: str) -> None:
    with pytest.raises(
        ConfigError, match=r"^vocabulary\.stop_words: .*; give english, none, a path or a list$"
    ):
        load_stop_words(name)
