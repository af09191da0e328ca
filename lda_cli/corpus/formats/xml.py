"""XML and TEI to their text, by expat: no tree is built, and nothing outside of the file is read."""

from collections.abc import Callable
from html.entities import html5
from pyexpat import ErrorString
from xml.parsers.expat import ExpatError, ParserCreate

from ...config import CorpusConfig
from .declared import markup_text
from .markup import XML_INLINE, MarkupText
from .records import MalformedError, Record

_IGNORED = frozenset(("teiheader", "script", "style"))
_SPARE = 1 << 16  # characters of a text beyond those of its file: entities make a text longer


def xml_file(data: bytes, config: CorpusConfig) -> Record:
    """Return the text of all elements but TEI's header.

    Entities that the file declares are resolved, as long as the text does not become longer than the file;
    external entities and DTDs are not loaded. Raises MalformedError, with the line, for malformed XML.
    """
    source, replaced = markup_text(data, config, is_html=False)
    text = MarkupText(XML_INLINE, _IGNORED)
    limit = len(source) + _SPARE

    def add(characters: str) -> None:
        text.add(characters)
        if text.n_characters > limit:
            raise MalformedError("its entities expand to more than the file")

    parse_xml(source, lambda name, _: text.begin(_local(name)), lambda name: text.finish(_local(name)), add)
    return Record(None, text.text(), replaced=replaced)


def parse_xml(
    source: str | bytes,
    begin: Callable[[str, dict[str, str]], None],
    finish: Callable[[str], None],
    add: Callable[[str], None],
    separator: str | None = None,
) -> None:
    """Parse XML, calling a function for each start of an element, each end, and each piece of text.

    separator : between the namespace and the name of an element, for a format whose files declare no
        entities; None: names stay as they are written, and entities are resolved

    Raises MalformedError.
    """
    parser = ParserCreate(namespace_separator=separator)
    if separator is not None:
        parser.EntityDeclHandler = _refuse_entities
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    parser.CharacterDataHandler = add
    # An entity of a DTD that is not loaded.
    parser.SkippedEntityHandler = lambda name, is_parameter: None if is_parameter else add(_entity(name))
    try:
        parser.Parse(source, True)
    except ExpatError as error:
        reason = f"not well-formed XML ({ErrorString(error.code)} at column {error.offset + 1})"
        raise MalformedError(reason, error.lineno) from None


def _refuse_entities(*declared: object) -> None:
    raise MalformedError("not well-formed XML (it declares entities)")


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()


def _entity(name: str) -> str:
    return html5.get(f"{name};", f"&{name};")
