"""From YAML text to plain values with line numbers, for loading.py.

Only errors of YAML itself are found here. A file gives only plain values, so a config cannot run code.
Scalars are read as in YAML 1.2, where `no`, `2024-01-31` and `12:30` are text: stop words, folder names and
patterns stay as written.
"""

import re
from collections.abc import Callable
from typing import Any, BinaryIO

import yaml

from ..errors import in_words
from .complaints import complaint, shortened

Place = Callable[[int | None], str]  # names a line, from 1, or the whole text (None), in messages

_LARGEST_FILE = 1_000_000  # bytes; a larger one is probably a corpus
# An anchor, a tag, a block or a comment: nothing that one value needs. `!!` stays a tag.
_NO_VALUE = re.compile(r"\s*(?:[&|>#]|!(?!!))")
_LIST = re.compile(r"\s*\[([^\[\]\"']+)\]\s*")
_YAML = "tag:yaml.org,2002:"
_BOOLEANS = {"true": True, "false": False}
_SCALARS: dict[str, Callable[[str], object]] = {
    _YAML + "null": lambda _: None,
    _YAML + "bool": lambda text: _BOOLEANS[text.lower()],
    _YAML + "int": int,
    _YAML + "float": float,
    _YAML + "str": str,
}


class Located(dict[str, object]):
    """A mapping from YAML; `lines` has the line of each key, from 1."""

    def __init__(self) -> None:
        """An empty mapping."""
        super().__init__()
        self.lines: dict[str, int] = {}


def read_file(path: str, what: str = "config") -> object:
    """Return the plain value of a YAML file: a mapping is a `Located`, an empty file None.

    what : the kind of file, for messages

    Raises ConfigError if the file cannot be read, is not UTF-8 or is not YAML with plain values only.
    """
    try:
        with open(path, "rb") as file:
            return read(file, path, what)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise complaint(path, f"cannot be read: {in_words(error)}; check the path of the {what}") from None


def read(file: BinaryIO, path: str, what: str) -> object:
    """As `read_file`, for an open file. Raises OSError too."""
    content = file.read(_LARGEST_FILE + 1)
    if len(content) > _LARGEST_FILE:
        raise complaint(path, f"is larger than {_LARGEST_FILE} bytes; is it a {what}?")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise complaint(f"{path}:{line}", "is not UTF-8; save it as UTF-8") from None
    return parse(text, lambda line: f"{path}:{line}" if line else path)


def parse(text: str, place: Place, *, or_text: bool = False) -> object:
    """Return the plain value of a YAML text; None if it is empty.

    or_text : return a text that is no value in YAML as it is: *.txt, !draft.txt, | or #. In brackets it is a
        list, [*.txt, *.md]

    Raises ConfigError for syntax errors, tags, duplicate keys, nested lists, and nesting that is too deep.
    """
    if or_text and _NO_VALUE.match(text):
        return text.strip()
    try:
        root = yaml.compose(text, Loader=_Loader)
        return None if root is None else _plain(root, place, {})
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise complaint(place(line), f"character U+{error.character:04X} is not allowed in YAML") from None
    except yaml.MarkedYAMLError as error:
        if or_text:
            listed = _LIST.fullmatch(text)
            return [item.strip() for item in listed[1].split(",")] if listed else text.strip()
        raise _syntax_complaint(error, place) from None
    except RecursionError:
        raise complaint(place(None), "is nested too deeply") from None
    except (ValueError, OverflowError) as error:  # from PyYAML: an escape beyond Unicode, "\UFFFFFFFF"
        raise complaint(place(None), f"is not YAML: {error}") from None


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML reads it from the class
        None: [
            (_YAML + "null", re.compile(r"(~|null|Null|NULL|)\Z")),
            (_YAML + "bool", re.compile(r"(true|True|TRUE|false|False|FALSE)\Z")),
            (_YAML + "int", re.compile(r"[-+]?[0-9]+\Z")),
            (_YAML + "float", re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")),
        ]
    }


def _syntax_complaint(error: yaml.MarkedYAMLError, place: Place) -> Exception:
    mark = error.problem_mark or error.context_mark
    reason = ": ".join(part for part in (error.context, error.problem) if part)
    hint = "text with any of [ { : # * & needs quotes"
    return complaint(place(mark.line + 1 if mark else None), f"is not YAML: {reason}; {hint}")


def _plain(node: yaml.Node, place: Place, made: dict[int, object]) -> object:
    """Return the value of a node. `made` has the nodes that are done: aliases are not expanded again."""
    if id(node) in made:
        return made[id(node)]
    if isinstance(node, yaml.MappingNode):
        _check_tag(node, {_YAML + "map"}, place)
        made[id(node)] = mapping = Located()  # stored before it is filled: an alias may point to itself
        _fill(mapping, node, place, made)
    elif isinstance(node, yaml.SequenceNode):
        _check_tag(node, {_YAML + "seq"}, place)
        made[id(node)] = [_item(child, place, made) for child in node.value]
    else:
        made[id(node)] = _scalar(node, place)
    return made[id(node)]


def _fill(mapping: Located, node: yaml.MappingNode, place: Place, made: dict[int, object]) -> None:
    for key_node, value_node in node.value:
        line = _line(key_node)
        if not isinstance(key_node, yaml.ScalarNode):
            raise complaint(place(line), "a key must be a word, not a list or a mapping")
        _check_tag(key_node, _SCALARS, place)

        key = key_node.value
        if key in mapping:
            lines = f"lines {mapping.lines[key]} and {line}"
            raise complaint(place(line), f'key "{shortened(key)}" is given twice, in {lines}; keep one')
        mapping.lines[key] = line
        mapping[key] = _plain(value_node, place, made)


def _item(node: yaml.Node, place: Place, made: dict[int, object]) -> object:
    if not isinstance(node, yaml.ScalarNode):
        raise complaint(place(_line(node)), "a list must hold texts or numbers, not lists or mappings")
    return _plain(node, place, made)


def _scalar(node: yaml.Node, place: Place) -> object:
    _check_tag(node, _SCALARS, place)
    try:
        return _SCALARS[node.tag](node.value)
    except (ValueError, KeyError):
        kind = node.tag.removeprefix(_YAML)
        raise complaint(
            place(_line(node)), f"{shortened(repr(node.value))} cannot be read as {kind}"
        ) from None


def _check_tag(node: yaml.Node, allowed: Any, place: Place) -> None:
    if node.tag not in allowed:
        tag = shortened(node.tag.replace(_YAML, "!!"))
        raise complaint(place(_line(node)), f"tag {tag} is not allowed; only plain values are")


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
