"""The inputs of a command: its paths, its settings, and the files in a folder that are no documents."""

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Literal

from ...config import CONFIG_NAME, Config, CorpusConfig
from ...disk.atomic import stem
from ...version import __version__
from ..formats.table import installed

STDIN = "-"
SWEEP = "sweep.json"  # a folder that has it is a sweep's, and holds models two folders deep at most


@dataclass(frozen=True)
class Inputs:
    """The inputs of a command.

    paths : folders, files, globs, and "-" for standard input
    config : its section corpus says how to read them; its model and its cache are no documents
    stdin : the stream to read for "-"; None for the standard input of the process
    unit : what a document of plain text is; None: a file, but a line if one file alone is given. Standard
        input is read by lines, and corpus.format goes before
    part : says of a document's id whether `train` learns from it; None: from all. It can be pickled, and its
        repr says what it is
    """

    paths: Sequence[str]
    config: Config
    stdin: BinaryIO | None = None
    unit: Literal["file", "line"] | None = None
    part: Callable[[str], bool] | None = None

    @classmethod
    def of(cls, config: Config, paths: Sequence[str] = (), stdin: BinaryIO | None = None) -> "Inputs":
        """Return the inputs for `paths`, or for corpus.path if there are none."""
        return cls(tuple(paths) or (config.corpus.path,), config, stdin)

    @property
    def corpus(self) -> CorpusConfig:
        """Return how the inputs are read."""
        return self.config.corpus

    def with_corpus(self, **changes: Any) -> "Inputs":
        """Return these inputs with other settings of the section corpus."""
        return replace(self, config=replace(self.config, corpus=replace(self.corpus, **changes)))

    @cached_property
    def excluded(self) -> tuple[str, ...]:
        """Files and folders to skip in a folder, even if a link leads to them.

        They are the model, older models beside it, the sweep that it belongs to, the corpus cache, lda.yaml
        in an input or beside it, the vocabulary of a bag of words and the table of metadata.
        """
        model = self.config.model.path
        folders = {folder for given in self.paths for folder in (given, os.path.dirname(given))}
        configs = [os.path.join(folder, CONFIG_NAME) for folder in sorted(folders)]
        others = filter(None, (self.cache_folder, self.corpus.vocabulary, self.corpus.metadata))
        return model, *_older_models(model), *_sweep_of(model), *configs, *map(str, others)

    @cached_property
    def cache_folder(self) -> Path | None:
        """Where counts are kept between trainings: by default a hidden folder beside the model."""
        if self.corpus.cache == "none":
            return None
        if self.corpus.cache != "auto":
            return Path(self.corpus.cache)
        model = Path(self.config.model.path)
        if model.name in ("", ".."):
            model = Path(os.path.abspath(model))
        return model.parent / f".{stem(model.name)}.cache"

    def counted_with(self, *more: object) -> str:
        """Return a key for all settings that the counts of a file depend on, and for `more`."""
        corpus = replace(self.corpus, path="", include=(), exclude=(), cache="auto")
        corpus = replace(corpus, metadata=None, metadata_pattern=None)  # joined after the counts
        key: list[object] = [__version__, unicodedata.unidata_version, corpus, self.config.tokenizer]
        key.append(installed())  # a file that was skipped for want of one is read when it is there
        if self.config.tokenizer.stemming != "none":  # stop words are not stemmed
            key += [self.config.vocabulary.stop_words, self.config.vocabulary.extra_stop_words]
        return settings_key(*key, *more)


def settings_key(*settings: object) -> str:
    """Return SHA-256, in hex, of some settings: equal settings have equal keys."""
    return hashlib.sha256(repr(settings).encode("utf-8", "surrogatepass")).hexdigest()


def _older_models(model: str) -> list[str]:
    """Return the older models beside a model that model.keep keeps, now or when it was larger."""
    folder, name = os.path.split(os.path.realpath(model))
    numbered = re.compile(re.escape(name) + r"\.[0-9]+")
    try:
        found = sorted(filter(numbered.fullmatch, os.listdir(folder)))
    except OSError:  # a folder may be writable but not listable
        return []
    paths = (os.path.join(folder, entry) for entry in found)
    return [path for path in paths if os.path.isfile(os.path.join(path, "model.json"))]


def _sweep_of(model: str) -> list[str]:
    """Return the folder of the sweep that a model is a run of, or the best run."""
    above = list(Path(os.path.realpath(model)).parents)[:2]
    return [str(folder) for folder in above if (folder / SWEEP).is_file()]
