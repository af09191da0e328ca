"""Stop words: of a language, from a file, or given in the config. From config to vocabulary."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from ...config import VocabularyConfig
from ...config.complaints import close_to, hint
from ...config.languages import LANGUAGES
from ...errors import ConfigError, in_words

_SEPARATORS = re.compile(r"[\s,]+")
_COMMENT = re.compile(r"[#|].*")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
FILE_BYTES = 1 << 22  # at most, since a model keeps the words


def load_stop_words(config: VocabularyConfig) -> frozenset[str]:
    """Return the words of stop_words and of extra_stop_words.

    Each is "none", a language, the path of a file, or the words. Languages other than English need the
    package stopwordsiso; their entries of several words are left out. In a file, and in a list, white space
    and commas separate words; a file may have comments after #, or after | as those of Snowball do.
    `Tokenizer.stop_terms` makes terms of them.
    Raises ConfigError for a file that cannot be read, and for a language if stopwordsiso is not installed.
    """
    return _load("stop_words", config.stop_words) | _load("extra_stop_words", config.extra_stop_words)


def spelled_out(config: VocabularyConfig) -> VocabularyConfig:
    """Return the config with the words in the place of a file or a language: a model keeps the words."""
    words: dict[str, Any] = {}
    for key in ("stop_words", "extra_stop_words"):
        setting = getattr(config, key)
        if isinstance(setting, str) and setting != "none" and LANGUAGES.get(setting) != "en":
            words[key] = tuple(sorted(_load(key, setting)))
    return replace(config, **words)


def own_words(config: VocabularyConfig) -> frozenset[str]:
    """Return those of `load_stop_words` that the user wrote, in a list or in a file. Raises ConfigError."""
    settings = {key: getattr(config, key) for key in ("stop_words", "extra_stop_words")}
    own = [_load(key, value) for key, value in settings.items() if value not in ("none", *LANGUAGES)]
    return frozenset().union(*own)


@cache
def english() -> frozenset[str]:
    """Return the English list: words, contractions, and the parts of these that are words of their own."""
    return _parse(resources.files(__package__).joinpath("stop_words_english.txt").read_text("utf-8"))


def _load(key: str, setting: str | Sequence[str]) -> frozenset[str]:
    if not isinstance(setting, str):
        return frozenset(word for entry in setting for word in _SEPARATORS.split(entry) if word)
    if setting == "none":
        return frozenset()
    if setting in LANGUAGES:
        return _of_language(key, setting)
    try:
        with open(setting, "rb") as file:
            content = file.read(FILE_BYTES + 1)
        if len(content) > FILE_BYTES:
            raise ConfigError(
                f"vocabulary.{key}: {setting!r}: more than {FILE_BYTES} bytes; is it a list of words?"
            )
        return _parse(content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig"))
    except UnicodeDecodeError as error:
        reason = f"not valid {error.encoding} at byte {error.start}; save it as UTF-8"
        raise ConfigError(f"vocabulary.{key}: {setting!r}: {reason}") from None
    except OSError as error:
        reason = in_words(error)
    meant = close_to(Path(setting).name, ["none", *LANGUAGES])
    wanted = hint(meant, "give none, a language such as english, a path or a list")
    raise ConfigError(f"vocabulary.{key}: {setting!r}: {reason}; {wanted}")


def _of_language(key: str, name: str) -> frozenset[str]:
    code = LANGUAGES[name]
    if code == "en":
        return english()
    try:
        from stopwordsiso import stopwords
    except ImportError:
        raise ConfigError(
            f"vocabulary.{key}: stop words for {name!r} need the package stopwordsiso; "
            'pip install "lda-cli[languages]"'
        ) from None
    # An entry of several words is a phrase; each of its words alone may matter.
    words = (entry.strip(", ") for entry in stopwords(code))  # German has "ei,"
    return frozenset(word for word in words if word and not _SEPARATORS.search(word))


def _parse(lines: str) -> frozenset[str]:
    parts = (_SEPARATORS.split(_COMMENT.sub("", line)) for line in lines.splitlines())
    return frozenset(word for words in parts for word in words if word)
