"""The schema of a config: every section and key, its default and its allowed values."""
# ruff: noqa: RUF009 - setting() and section() return dataclass fields, not shared values

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .languages import LANGUAGES
from .values import (
    Reader,
    WordLists,
    auto,
    boolean,
    choice,
    cluster,
    columns,
    delimiter,
    either,
    encodings,
    field_name,
    field_names,
    file_path,
    globs,
    integer,
    language,
    list_of,
    named_groups,
    null,
    number,
    or_null,
    path_or,
    regular_expression,
    seed_words,
    share,
    text,
    topic_names,
    zero,
)

Auto = Literal["auto"]

# What corpus.format may be besides auto; FORMATS in corpus/formats/table.py says how each is read.
FORMAT_NAMES = (
    *("folder", "lines", "jsonl", "json", "csv", "tsv", "html", "xml", "mail", "pdf", "docx", "mallet"),
    *("ldac", "uci", "mtx", "npz"),
)

# What tokenizer.remove may name; corpus/terms/preparing.py says what each is.
REMOVABLE = ("urls", "emails", "mentions", "html_entities", "numbers")

# What tokenizer.segmenter may name; corpus/terms/segmenters.py says what each is.
SEGMENTERS = ("chinese", "japanese", "thai")

# What training.algorithm may be; training/algorithms.py says what each means.
ALGORITHM_NAMES = ("batch", "incremental", "annealed")

SELF = "self"  # model.start: the model that is replaced
ALL = "all"  # model.freeze

ANNEALED_PASSES = 24  # `passes: auto` of the annealed algorithm
PLAIN_PASSES = 100  # and of the others, at most


def setting(
    default: object,
    read: Reader,
    *,
    key: str | None = None,
    path_words: Sequence[str] | None = None,
    counts: Literal["value", "content", "never"] = "value",
) -> Any:
    """A field of a section: its default, its reader, and its key if that is not the field's name.

    path_words : not None marks a path, relative to its config file; these words are not paths
    counts : what changes the model: the value, the content of the file that it names, or neither
    """
    metadata = {"read": read, "key": key, "path_words": path_words, "counts": counts}
    return field(default=default, metadata=metadata)


def section(kind: type) -> Any:
    """A field that holds a section, with its defaults."""
    return field(default_factory=kind, metadata={"section": kind})


_prior = number(minimum=1e-6, maximum=1e6)  # float32 cannot resolve more
_auto_or_power = either("auto or a number from 1e-6 to 1", auto, number(minimum=1e-6, maximum=1))
_auto_or_count = either("auto or a whole number of at least 1", auto, integer(minimum=1))


@dataclass(frozen=True)
class SplitConfig:
    """How long documents are split: into parts of `size` lines, paragraphs or tokens; None: not split."""

    by: Literal["lines", "paragraphs", "tokens"] | None = setting(
        None,
        either("lines, paragraphs, tokens or null", null(), choice("lines", "paragraphs", "tokens")),
    )
    size: int | None = setting(
        None, either("a whole number of at least 1, or null", null(), integer(minimum=1))
    )


@dataclass(frozen=True)
class CorpusConfig:
    """Which files are read, and how."""

    path: str = setting(".", file_path, path_words=("-",), counts="never")
    format: str = setting("auto", choice("auto", *FORMAT_NAMES))
    text_field: str | tuple[str, ...] = setting("text", field_names)
    id_field: str | None = setting(None, either("a column, a key or null", null(), field_name))
    delimiter: str = setting("auto", delimiter)
    header: bool = setting(True, boolean)
    metadata_fields: tuple[str, ...] = setting((), columns)
    metadata: str | None = setting(
        None, either("a path or null", null(), file_path), path_words=(), counts="content"
    )
    metadata_pattern: str | None = setting(None, or_null(named_groups))
    vocabulary: str | None = setting(
        None, either("a path or null", null(), file_path), path_words=(), counts="content"
    )
    include: tuple[str, ...] = setting(("**/*",), globs)
    exclude: tuple[str, ...] = setting((), globs)
    encoding: str | tuple[str, ...] = setting("utf-8", encodings)
    on_error: Literal["fail", "skip", "replace"] = setting("fail", choice("fail", "skip", "replace"))
    split: SplitConfig = section(SplitConfig)
    cache: str = setting("auto", file_path, path_words=("auto", "none"), counts="never")

    @property
    def has_metadata(self) -> bool:
        """Whether documents get metadata."""
        return bool(self.metadata_fields or self.metadata or self.metadata_pattern)

    @property
    def encodings(self) -> tuple[str, ...]:
        """Return the encodings that are tried in turn for each document."""
        return (self.encoding,) if isinstance(self.encoding, str) else self.encoding

    @property
    def text_fields(self) -> tuple[str, ...]:
        """Return the fields of the text, in their order."""
        return (self.text_field,) if isinstance(self.text_field, str) else self.text_field


@dataclass(frozen=True)
class TokenizerConfig:
    """How text is split into words."""

    normalize: str = setting("nfc", either("nfc, nfkc or none", null("none"), choice("nfc", "nfkc", "none")))
    remove: tuple[str, ...] = setting((), list_of(choice(*REMOVABLE), f"a list of {', '.join(REMOVABLE)}"))
    dehyphenate: bool = setting(False, boolean)
    pattern: str = setting("auto", regular_expression)
    segmenter: str = setting(
        "none", either(f"none, {', '.join(SEGMENTERS)}", null("none"), choice("none", *SEGMENTERS))
    )
    lowercase: bool = setting(True, boolean)
    min_length: int = setting(3, integer(minimum=1))
    max_length: int | None = setting(
        None, either("a whole number of at least 1, or null for no limit", null(), integer(minimum=1))
    )
    strip_accents: bool = setting(False, boolean)
    stemming: str = setting(
        "none", either("none or a language, such as english or norwegian", null("none"), language)
    )


@dataclass(frozen=True)
class PhrasesConfig:
    """Which neighbouring words become one term; `max_words` = 1 turns phrases off."""

    max_words: int = setting(1, integer(minimum=1, maximum=5))
    min_count: int = setting(10, integer(minimum=1))
    threshold: float = setting(0.5, number(minimum=-1, maximum=1))

    @property
    def are_on(self) -> bool:
        """Whether phrases are used."""
        return self.max_words > 1


@dataclass(frozen=True)
class VocabularyConfig:
    """Which words are terms. An int counts documents, a float is a share of those with a token."""

    stop_words: str | tuple[str, ...] = setting(
        "english",
        either(
            "english, none, another language, a path or a list of words",
            null("none"),
            file_path,
            list_of(text, "a list of words"),
        ),
        path_words=("none", *LANGUAGES),
        counts="content",
    )
    extra_stop_words: str | tuple[str, ...] = setting(
        (),
        either(
            "a list of words, a path or a language", null(()), file_path, list_of(text, "a list of words")
        ),
        path_words=("none", *LANGUAGES),
        counts="content",
    )
    min_df: int | float = setting(
        5, either("a number of documents (0, 1, ...) or a share from 0.0 to 1.0", integer(minimum=0), share)
    )
    max_df: int | float = setting(
        0.5, either("a number of documents (1, 2, ...) or a share from 0.0 to 1.0", integer(minimum=1), share)
    )
    max_terms: int | None = setting(
        100_000, either("a whole number of at least 1, or null for no limit", null(), integer(minimum=1))
    )
    phrases: PhrasesConfig = section(PhrasesConfig)


@dataclass(frozen=True)
class ModelConfig:
    """The model directory, number of topics and priors."""

    path: str = setting("model", file_path, path_words=(), counts="never")
    keep: int = setting(0, integer(minimum=0, maximum=1000), counts="never")
    topics: int = setting(20, integer(minimum=2))
    alpha: Auto | float | tuple[float, ...] = setting(
        "auto",
        either(
            "auto, a number from 1e-6 to 1e6 or a list of them, one per topic",
            auto,
            _prior,
            list_of(_prior, "a list of numbers"),
        ),
    )
    eta: Auto | float = setting(
        "auto",
        either("auto, 0 or a number from 1e-12 to 1e6", auto, zero, number(minimum=1e-12, maximum=1e6)),
    )
    seeds: str | WordLists = setting(WordLists(), path_or(seed_words), path_words=(), counts="content")
    seed_strength: Auto | float = setting(
        "auto", either("auto or a number from 0 to 1000", auto, number(minimum=0, maximum=1000))
    )
    start: str | None = setting(None, or_null(file_path), path_words=(SELF,), counts="never")
    start_strength: Auto | float = setting(
        "auto", either("auto or a number from 0 to 1", auto, number(minimum=0, maximum=1))
    )
    freeze: tuple[str | int, ...] = setting((), topic_names)
    decorrelate: float = setting(0.0, number(minimum=0, maximum=1e6))
    background: int = setting(0, integer(minimum=0))
    prevalence: tuple[str, ...] = setting((), columns)
    labels: str | None = setting(None, either("a metadata field or null", null(), field_name))


@dataclass(frozen=True)
class AnnealingConfig:
    """Tempering, over-relaxation and averaging of annealed EM; in YAML, `start` and `end` are from and to."""

    start: Auto | float = setting("auto", _auto_or_power, key="from")
    end: Auto | float = setting("auto", _auto_or_power, key="to")
    relaxation: float = setting(1.8, number(above=0, below=2))
    plain_passes: Auto | int = setting(
        "auto", either("auto or a whole number of at least 0", auto, integer(minimum=0))
    )
    average: float = setting(0.25, number(minimum=0, maximum=1))


@dataclass(frozen=True)
class TrainingConfig:
    """How Phi is estimated."""

    algorithm: str = setting("annealed", choice(*ALGORITHM_NAMES))
    passes: Auto | int = setting(
        "auto", either("auto or a whole number from 1 to 100000", auto, integer(minimum=1, maximum=100_000))
    )
    tolerance: float = setting(1e-4, number(minimum=0))
    minibatches: Auto | int = setting("auto", _auto_or_count)
    seed: int = setting(0, integer(minimum=0, maximum=2**63 - 1))
    restarts: Auto | int = setting(
        "auto", either("auto or a whole number from 1 to 1000", auto, integer(minimum=1, maximum=1000))
    )
    threads: Auto | int = setting("auto", _auto_or_count, counts="never")
    cluster: str | None = setting(None, or_null(cluster), counts="never")
    shards: int = setting(1, integer(minimum=1, maximum=100_000))
    checkpoint_minutes: float = setting(10.0, number(minimum=0), counts="never")
    max_minutes: float | None = setting(
        None,
        either("a number of more than 0, or null for no limit", null(), number(above=0)),
        counts="never",
    )
    annealing: AnnealingConfig = section(AnnealingConfig)


@dataclass(frozen=True)
class InferenceConfig:
    """When the E-step of a document stops."""

    max_iterations: int = setting(100, integer(minimum=1, maximum=100_000))
    tolerance: float = setting(1e-3, number(above=0))


@dataclass(frozen=True)
class Config:
    """All settings, as `load_config` and `from_mapping` check them; "auto" stays "auto"."""

    corpus: CorpusConfig = section(CorpusConfig)
    tokenizer: TokenizerConfig = section(TokenizerConfig)
    vocabulary: VocabularyConfig = section(VocabularyConfig)
    model: ModelConfig = section(ModelConfig)
    training: TrainingConfig = section(TrainingConfig)
    inference: InferenceConfig = section(InferenceConfig)
