"""From YAML, the environment and the command line to a `Config`, or to an error with file and line.

Later sources override earlier ones: defaults of the schema, config file, LDA_CLI_... environment variables,
`--set section.key=value`, named options. configs/sample.yaml explains each key.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import Field, fields, is_dataclass
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any, NamedTuple

from .complaints import close_to, complaint, hint, shortened, shown
from .schema import ANNEALED_PASSES, Config, ModelConfig

CONFIG_NAME = "lda.yaml"
_VARIABLE_PREFIX = "LDA_CLI_"
_RESERVED_VARIABLES = {"LDA_CLI_KERNEL"}  # the engine reads it


def find_config() -> Path | None:
    """The path of lda.yaml in the working directory, if it exists, also as a broken link."""
    return Path(CONFIG_NAME) if os.path.lexists(CONFIG_NAME) else None


def load_config(
    path: str | os.PathLike[str] | None = None,
    *,
    overrides: Sequence[str] = (),
    options: Mapping[str, object] = {},
    environ: Mapping[str, str] = os.environ,
    base: Config | None = None,
) -> Config:
    """Return the defaults, or `base`, overridden by each of these in order.

    path : the YAML file; None for no file. Paths in it are relative to its folder, all others to the working
        directory.
    environ : LDA_CLI_SECTION_KEY variables, each value read as YAML, or as text if it is not YAML
    overrides : "section.key=value" as for --set, each value read in the same way
    options : plain values by dotted key, {"model.topics": 10}

    Raises ConfigError, on one line, for what cannot be read or is not allowed.
    """
    layers = _layers(path, overrides, options, environ)
    if base is not None:
        layers.insert(0, _Layer(to_mapping(base), lambda key, line: key))
    return _config(layers)


def model_path(
    path: str | os.PathLike[str] | None = None,
    *,
    overrides: Sequence[str] = (),
    options: Mapping[str, object] = {},
    environ: Mapping[str, str] = os.environ,
) -> str:
    """Return model.path of what `load_config` reads; settings that do not fit together are not refused.

    They may fit the config of the model that is there.
    """
    config: Config = _build(Config, _values(_entries_of(_layers(path, overrides, options, environ))))
    return config.model.path


def from_mapping(data: Mapping[str, object], source: str) -> Config:
    """Return the config of plain data, as `to_mapping` returns it; missing keys have their defaults.

    Raises ConfigError, which begins with `source`, for what is not allowed.
    """
    return _config([_Layer(data, lambda key, line: source)])


def to_mapping(config: Config) -> dict[str, Any]:
    """The config as plain data for JSON or YAML, with the keys of the config file."""
    mapping: dict[str, Any] = _plain(config)
    return mapping


def _flat_mapping(config: Config) -> dict[str, Any]:
    """The settings as plain data, by dotted key."""
    mapping = to_mapping(config)
    return {key: reduce(getitem, key.split("."), mapping) for key in _SETTINGS}


def values_that_count(config: Config) -> dict[str, Any]:
    """The settings whose values change the model, by dotted key."""
    flat = _flat_mapping(config)
    return {key: flat[key] for key, item in _SETTINGS.items() if item.metadata["counts"] == "value"}


def files_that_count(config: Config) -> dict[str, str]:
    """The paths of the files whose contents change the model, by dotted key."""
    flat = _flat_mapping(config)
    return {
        key: flat[key]
        for key, item in _SETTINGS.items()
        if item.metadata["counts"] == "content"
        and isinstance(flat[key], str)
        and flat[key] not in item.metadata["path_words"]
    }


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {_key(item): _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _key(item: Field[Any]) -> str:
    return item.metadata.get("key") or item.name


def _fields_by_key(kind: type, prefix: str = "") -> Iterator[tuple[str, Field[Any]]]:
    for item in fields(kind):
        key = prefix + _key(item)
        yield key, item
        if "section" in item.metadata:
            yield from _fields_by_key(item.metadata["section"], key + ".")


def _variable(key: str) -> str:
    return key.upper().replace(".", "_")


_FIELDS = dict(_fields_by_key(Config))
_SETTINGS = {key: item for key, item in _FIELDS.items() if "section" not in item.metadata}
_VARIABLES = {_variable(key): key for key in _SETTINGS}
_NAMES: dict[str, list[str]] = {}  # the keys of each section; "" is the whole config
for _dotted in _FIELDS:
    _NAMES.setdefault(_dotted.rpartition(".")[0], []).append(_dotted.rpartition(".")[2])


class _Layer(NamedTuple):
    """One source of settings: its data, and `place`, which names a dotted key and line in messages."""

    data: object
    place: Callable[[str, int], str]
    place_names_key: bool = False
    folder: str | None = None  # of relative paths; None: the working directory


class _Entry(NamedTuple):
    value: Any
    place: str


def _layers(
    path: str | os.PathLike[str] | None,
    overrides: Sequence[str],
    options: Mapping[str, object],
    environ: Mapping[str, str],
) -> list[_Layer]:
    file = [] if path is None else [_file(os.fspath(path))]
    return [*file, *_environment(environ), *map(_override, overrides), *map(_option, options.items())]


def _file(path: str) -> _Layer:
    from .source import read_file

    return _Layer(read_file(path), lambda key, line: f"{path}:{line}", folder=os.path.dirname(path))


def _environment(environ: Mapping[str, str]) -> Iterator[_Layer]:
    for variable in sorted(environ):
        if not variable.startswith(_VARIABLE_PREFIX) or variable in _RESERVED_VARIABLES:
            continue
        name = variable.removeprefix(_VARIABLE_PREFIX)
        if name not in _VARIABLES:
            close = [_VARIABLE_PREFIX + other for other in close_to(name, _VARIABLES)]
            otherwise = f"names are {_VARIABLE_PREFIX}SECTION_KEY, for example LDA_CLI_TRAINING_SEED"
            raise complaint(shortened(variable), f"unknown variable; {hint(close, otherwise)}")
        yield _written(_VARIABLES[name], environ[variable], lambda key: _VARIABLE_PREFIX + _variable(key))


def _override(assignment: str) -> _Layer:
    key, equals, value = assignment.partition("=")
    if not equals:
        raise complaint(
            f"--set {shortened(assignment)}", "must be SECTION.KEY=VALUE, for example --set model.topics=10"
        )
    return _written(key.strip(), value, lambda key: f"--set {shortened(key)}")


def _written(key: str, value: str, place: Callable[[str], str]) -> _Layer:
    """The layer of one setting, whose value on the command line or in a variable is YAML, or else text."""
    from .source import parse

    data = _nested(key, parse(value, lambda line: place(key), or_text=True))
    return _Layer(data, lambda key, line: place(key), place_names_key=True)


def _option(option: tuple[str, object]) -> _Layer:
    return _Layer(_nested(*option), lambda key, line: "command line")


def _nested(key: str, value: object) -> object:
    for name in reversed(key.split(".")):
        value = {name: value}
    return value


def _config(layers: Iterable[_Layer]) -> Config:
    entries = _entries_of(layers)
    config: Config = _build(Config, _values(entries))
    for keys, problem in _contradictions(config):
        last = [entry for key, entry in entries.items() if key in keys][-1]
        raise complaint(last.place, problem)
    return config


def _entries_of(layers: Iterable[_Layer]) -> dict[str, _Entry]:
    """Return the last entry of each key, in the order of setting."""
    entries: dict[str, _Entry] = {}
    for layer in layers:
        for key, entry in _entries(layer, layer.data):
            entries.pop(key, None)
            entries[key] = entry
    return entries


def _values(entries: Mapping[str, _Entry]) -> dict[str, Any]:
    return {key: entry.value for key, entry in entries.items()}


def _entries(layer: _Layer, data: Any, within: str = "", line: int = 1) -> Iterator[tuple[str, _Entry]]:
    """Yield the settings of a section, checked, by dotted key."""
    if data is None:
        return
    if not isinstance(data, Mapping):
        problem = (
            f"{within or 'a config'} must be a mapping of {', '.join(_NAMES[within])}, not {shown(data)}"
        )
        raise complaint(layer.place(within, line), problem)

    lines = getattr(data, "lines", {})
    for name, value in data.items():
        key = f"{within}.{name}" if within else str(name)
        line = lines.get(name, line)
        if name not in _NAMES[within]:
            raise complaint(layer.place(key, line), _unknown_key(str(name), within))
        if key in _SETTINGS:
            yield key, _read(key, value, layer, layer.place(key, line))
        else:
            yield from _entries(layer, value, key, line)


def _read(key: str, value: object, layer: _Layer, place: str) -> _Entry:
    known = _SETTINGS[key].metadata
    try:
        result = known["read"](value)
    except ValueError as expected:
        subject = "" if layer.place_names_key else key.rpartition(".")[2] + " "
        raise complaint(place, f"{subject}must be {expected}, not {shown(value)}") from None
    if layer.folder is not None and isinstance(result, str) and known["path_words"] is not None:
        result = _relocated(result, layer.folder, known["path_words"])
    return _Entry(result, place)


def _relocated(value: str, folder: str, words: Sequence[str]) -> str:
    if value in words:
        return value
    relocated = os.path.normpath(os.path.join(folder, value))
    return os.path.join(os.curdir, relocated) if relocated in words else relocated


def _unknown_key(name: str, within: str) -> str:
    where = f" in {within}" if within else ""
    close = close_to(name, _NAMES[within]) or [key for key in _SETTINGS if key.endswith(f".{name}")]
    guess = hint(close, f"allowed are {', '.join(_NAMES[within])}")
    return f'unknown key "{shortened(name)}"{where}; {guess}'


def _build(kind: type[Any], values: Mapping[str, Any], prefix: str = "") -> Any:
    arguments: dict[str, Any] = {}
    for item in fields(kind):
        key = prefix + _key(item)
        if "section" in item.metadata:
            arguments[item.name] = _build(item.metadata["section"], values, key + ".")
        elif key in values:
            arguments[item.name] = values[key]
    return kind(**arguments)


def _contradictions(config: Config) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield settings that do not fit together: their keys, and the problem. The one set last is named."""
    longest, shortest = config.tokenizer.max_length, config.tokenizer.min_length
    if longest is not None and longest < shortest:
        problem = f"max_length must be at least min_length, which is {shortest}, not {longest}"
        yield ("tokenizer.min_length", "tokenizer.max_length"), problem
    model, training, annealing = config.model, config.training, config.training.annealing
    split = config.corpus.split

    if split.by is not None and split.size is None:
        yield (
            ("corpus.split.by", "corpus.split.size"),
            f"split.by needs split.size: the number of {split.by} per part",
        )
    if split.by is None and split.size is not None:
        problem = "split.size needs split.by: lines, paragraphs or tokens"
        yield ("corpus.split.by", "corpus.split.size"), problem

    groups = re.compile(config.corpus.metadata_pattern or "").groupindex
    for field in config.corpus.metadata_fields:
        if field in groups:
            problem = (
                f"{field!r} is a field of metadata_fields and a group of metadata_pattern; rename the group"
            )
            yield ("corpus.metadata_fields", "corpus.metadata_pattern"), problem

    yield from _of_model(model)

    if annealing.start != "auto" and annealing.end != "auto" and annealing.start > annealing.end:
        problem = (
            f"annealing.from must be at most annealing.to, which is {annealing.end}, not {annealing.start}"
        )
        yield ("training.annealing.from", "training.annealing.to"), problem

    passes = ANNEALED_PASSES if training.passes == "auto" else training.passes
    n_plain = annealing.plain_passes
    if training.algorithm == "annealed" and n_plain != "auto" and passes <= n_plain:
        problem = (
            f"passes must be more than annealing.plain_passes, which is {n_plain}, "
            f"for the annealed algorithm, not {passes}"
        )
        yield ("training.algorithm", "training.passes", "training.annealing.plain_passes"), problem


def _of_model(model: ModelConfig) -> Iterator[tuple[tuple[str, ...], str]]:
    """`_contradictions` of the section model."""
    if isinstance(model.alpha, tuple) and len(model.alpha) != model.topics:
        problem = (
            f"alpha must have a number for each of the {model.topics} topics, not {len(model.alpha)} numbers"
        )
        yield ("model.alpha",), problem

    if model.prevalence and model.alpha != "auto":
        problem = "alpha must be auto with prevalence, which learns alpha from metadata"
        yield ("model.alpha", "model.prevalence"), problem
    if model.labels is not None and model.eta == 0:
        problem = "eta must be above 0 with labels, so that every topic has every word"
        yield ("model.eta", "model.labels"), problem
    for key, is_set in (("seeds", bool(model.seeds)), ("start", model.start is not None)):
        if model.labels is not None and is_set:
            problem = f"labels and {key} both say what the first topics are; leave out one of them"
            yield (f"model.{key}", "model.labels"), problem
    n_seeded = 0 if isinstance(model.seeds, str) else len(model.seeds)
    if n_seeded + model.background > model.topics:
        background = f", and {model.background} are background topics" if model.background else ""
        problem = (
            f"{n_seeded} topics have seeds{background}; topics must be at least that, not {model.topics}"
        )
        yield ("model.topics", "model.seeds", "model.background"), problem
    if not model.seeds and model.seed_strength != "auto":
        yield ("model.seeds", "model.seed_strength"), "seed_strength needs seeds (model.seeds)"
    if model.start is None and (model.freeze or model.start_strength != "auto"):
        key = "freeze" if model.freeze else "start_strength"
        yield ("model.start", f"model.{key}"), f"{key} needs start, the model with the topics (model.start)"
    if model.background >= model.topics:
        problem = (
            f"background must be less than topics, which is {model.topics}, not {model.background}: "
            "background topics are some of them"
        )
        yield ("model.background", "model.topics"), problem
