"""The use case of export: a model -> tables, and the files that other tools read. One file a format.

    model -> table (columns, blocks of rows) -> csv, tsv, jsonl, parquet
    model -> one file, or a folder of files, of another tool

This file is what `lda-cli export --help` needs: it imports no NumPy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

FORMATS = ("csv", "tsv", "jsonl", "parquet")  # of tables


class Export(NamedTuple):
    """What can be exported.

    kind : a table in one of FORMATS, a file of text, an .npz of arrays, or a folder of files
    options : those that it takes, beside the ones that all take
    default_top : what --top is without the option; None for all
    default_min_share : the same of --min-share
    """

    kind: Literal["table", "text", "arrays", "folder"]
    summary: str
    options: tuple[str, ...] = ()
    default_top: int | None = None
    default_min_share: float = 0.0


EXPORTS: Mapping[str, Export] = {
    "documents": Export(
        "table",
        "the topics of each training document, a column per topic; or --long, a row per topic of a document",
        ("--long", "--names", "--top", "--min-share"),
        default_min_share=0.01,
    ),
    "topics": Export("table", "the topics with their most probable words", ("--top",), default_top=10),
    "terms": Export(
        "table",
        "the most probable terms of each topic with their scores; or --wide, all terms, a column per topic",
        ("--wide", "--names", "--top"),
        default_top=50,
    ),
    "top-documents": Export(
        "table", "the documents that show each topic best", ("--names", "--top"), default_top=10
    ),
    "by": Export(
        "table",
        "mean shares of the topics by a field of the metadata, such as year, or in bins: year:5, date:month",
        ("--long", "--names"),
    ),
    "similar-topics": Export("table", "all pairs of topics, the most similar first", ("--names", "--top")),
    "graph": Export(
        "text",
        "documents and topics, or only topics, as a graph in GEXF 1.3 for Gephi",
        ("--topics-only", "--min-share"),
        default_min_share=0.05,
    ),
    "mallet": Export(
        "folder",
        "the text files that MALLET writes, with expected counts; without its state, which has a topic for "
        "each token of the corpus. A blank in a term becomes _, ids stay as they are",
        ("--top",),
        default_top=20,
    ),
    "gensim": Export("folder", "arrays, a dictionary and a load.py that makes a gensim LdaModel of them"),
    "sklearn": Export("arrays", "an .npz of the attributes of scikit-learn's LatentDirichletAllocation"),
    "pyldavis": Export("arrays", "an .npz of the five arrays of pyLDAvis.prepare"),
}


@dataclass(frozen=True)
class Choice:
    """What is wanted of an export.

    top : topics of a document; documents, terms or words of a topic; or pairs, at most; None for all
    min_share : shares of a document below it are left out
    field : of the metadata, for `by`
    """

    top: int | None = None
    min_share: float = 0.0
    long: bool = False
    wide: bool = False
    names: bool = False
    topics_only: bool = False
    field: str | None = None


_OF_METADATA = "the metadata of the document; metadata.NAME where NAME is another column"
_NAME = "with --names: the name of the topic, or an automatic one, which begins with ~"

# table: its columns in order, each with its meaning. topic_0 stands for the columns of all K topics.
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "documents": {
        "id": "of the document",
        "tokens": "occurrences of known words in the document",
        "topic_0 ...": "the share of each topic in the document, E[theta]; with --names: topic_0 NAME",
        "(fields)": _OF_METADATA,
    },
    "documents --long": {
        "id": "of the document",
        "tokens": "occurrences of known words in the document",
        "topic": "number of the topic, the largest share first",
        "name": _NAME,
        "share": "of the topic in the document, E[theta]",
        "(fields)": _OF_METADATA,
    },
    "topics": {
        "topic": "number of the topic",
        "name": "given to the topic, or an automatic one, which begins with ~",
        "share": "of the tokens of the corpus",
        "alpha": "the prior of the topic",
        "tokens": "of the corpus that the topic is expected to have",
        "documents": "whose largest share is this topic's",
        "npmi": "coherence: normalised pointwise mutual information of the first 10 words",
        "words": "the most probable ones, the first one first",
    },
    "terms": {
        "topic": "number of the topic",
        "name": _NAME,
        "rank": "by p, from 1",
        "term": "a word or phrase of the vocabulary",
        "p": "p(term | topic)",
        "relevance": "0.6 log p + 0.4 log(p / p(term)); Sievert and Shirley 2014",
        "frex": "frequent and exclusive, 0 to 1; Bischof and Airoldi 2012",
        "p_topic": "p(topic | term) in the corpus",
        "count": "occurrences of the term in the corpus",
    },
    "terms --wide": {
        "term": "a word or phrase of the vocabulary",
        "count": "occurrences of the term in the corpus",
        "documents": "that contain the term",
        "topic_0 ...": "p(term | topic) of each topic; with --names: topic_0 NAME",
    },
    "top-documents": {
        "topic": "number of the topic",
        "name": _NAME,
        "rank": "by low, from 1",
        "id": "of the document",
        "share": "of the topic in the document, E[theta]",
        "low": "the share is at least this with probability 95%",
        "tokens": "occurrences of known words in the document",
    },
    "by": {
        "value": "of the field, or a bin of values; empty for documents without one",
        "documents": "with this value and a known word",
        "tokens": "of these documents",
        "topic_0 ...": "the share of each topic in these tokens; with --names: topic_0 NAME",
    },
    "by --long": {
        "value": "of the field, or a bin of values; empty for documents without one",
        "documents": "with this value and a known word",
        "tokens": "of these documents",
        "topic": "number of the topic",
        "name": _NAME,
        "share": "of the topic in these tokens",
        "low": "the share is between low and high with probability 95%; empty for one document",
        "high": "see low",
    },
    "similar-topics": {
        "a": "number of a topic",
        "a_name": "with --names: its name",
        "b": "number of another topic, larger than a",
        "b_name": "with --names: its name",
        "distance": "root of the Jensen-Shannon divergence of their words: 0 equal, 1 nothing in common",
        "rbo": "rank-biased overlap of their first 10 words, p = 0.9: 1 equal, 0 nothing in common",
        "pmi": "log of how often documents have both, compared with chance; empty if none has. A document "
        "has a topic with a share of 0.05 and 3 tokens or more",
    },
}

# How the files of other tools are read, as Python.
LOADERS: Mapping[str, str] = {
    "gensim": "from load import lda, dictionary  # in the folder",
    "sklearn": """\
from numpy import load
from sklearn.decomposition import LatentDirichletAllocation
from sklearn.feature_extraction.text import CountVectorizer
arrays = load("FILE")
lda = LatentDirichletAllocation(len(arrays["components_"]), max_doc_update_iter=1000, mean_change_tol=1e-6)
for name in arrays:
    setattr(lda, name, arrays[name])
lda.n_features_in_ = len(lda.feature_names)
words = CountVectorizer(vocabulary=lda.feature_names)  # lda.transform(words.transform(texts))""",
    "pyldavis": """\
pyLDAvis.prepare(**numpy.load("FILE"), sort_topics=False, start_index=0)""",
}
