"""Seed words: model.seeds of a config, or the YAML file that it names."""

from collections.abc import Mapping
from dataclasses import replace

from .complaints import complaint, shown
from .schema import ModelConfig
from .source import read_file
from .values import WordLists, seed_words


def load_seeds(config: ModelConfig) -> WordLists:
    """Return the seed words and globs, by the name of their topic.

    Raises ConfigError for a file that cannot be used, and for too many topics.
    """
    path = config.seeds
    if not isinstance(path, str):
        return _checked(path, config, "model.seeds")
    found = read_file(path, "list of seed words")
    lines = getattr(found, "lines", {})
    seeds = WordLists()
    for name, words in found.items() if isinstance(found, Mapping) else [(None, found)]:
        line = f":{lines[name]}" if name in lines else ""
        try:
            seeds.update(seed_words({name: words} if line else words))
        except ValueError as expected:
            raise complaint(f"{path}{line}", f"seeds must be {expected}, not {shown(words)}") from None
    return _checked(seeds, config, path)


def _checked(seeds: WordLists, config: ModelConfig, place: str) -> WordLists:
    least = len(seeds) + config.background
    if least > config.topics:
        more = f", and {config.background} are background topics" if config.background else ""
        problem = f"{len(seeds)} topics have seeds{more}; set model.topics to at least {least}"
        raise complaint(place, f"{problem}, not {config.topics}")
    return seeds


def with_seeds(config: ModelConfig) -> ModelConfig:
    """Return the config with the words in the place of a file: a model keeps the words."""
    return replace(config, seeds=load_seeds(config))
