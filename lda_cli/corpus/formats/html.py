"""HTML to its text, by the parser of libxml2: no tree is built, so time and memory are linear in the file."""

from ...config import CorpusConfig
from .declared import markup_text
from .markup import HTML_INLINE, MarkupText
from .records import MalformedError, Record, Value, needs_extra

_IGNORED = frozenset(("title", "script", "style", "template", "noscript", "iframe", "noframes"))
_METADATA_CHARACTERS = 10_000  # of a title or a meta, at most


def html_file(data: bytes, config: CorpusConfig) -> Record:
    """Return the text of a page, with its title, lang and each `<meta name content>` as metadata.

    Broken HTML is read as a browser would. Raises MalformedError for bytes of another encoding than the page
    declares, and if lxml is not installed.
    """
    text, replaced = markup_text(data, config, is_html=True)
    page = parsed_html(text)
    return Record(None, page.text.text(), page.metadata, replaced)


def parsed_html(text: str) -> "_Page":
    """Parse a page; raises MalformedError if lxml is not installed."""
    try:
        from lxml import etree
    except ImportError:
        raise needs_extra("an HTML page") from None
    page = _Page()
    parser = etree.HTMLParser(target=page, encoding="utf-8", huge_tree=True)
    try:
        parser.feed(text.replace("\0", "").encode())
        parser.close()
    except etree.LxmlError as error:  # a limit of the parser: it recovers from all else
        raise MalformedError(f"not readable as HTML ({type(error).__name__})") from None
    return page


class _Page:
    """Receives the events of lxml's parser."""

    def __init__(self) -> None:
        self.text = MarkupText(HTML_INLINE, _IGNORED)
        self.metadata: dict[str, Value] = {}
        self._title: list[str] | None = None  # while the first title is open

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.text.begin(name)
        if name == "title" and "title" not in self.metadata:
            self._title = []
        elif name == "html" and attributes.get("lang"):
            self._keep("lang", attributes["lang"])
        elif name == "meta" and attributes.get("name") and attributes.get("content"):
            self._keep(attributes["name"].lower(), attributes["content"])

    def end(self, name: str) -> None:
        self.text.finish(name)
        if name == "title" and self._title is not None:
            self._keep("title", "".join(self._title))
            self._title = None

    def data(self, text: str) -> None:
        self.text.add(text)
        if self._title is not None:
            self._title.append(text)

    def close(self) -> None: ...

    def _keep(self, name: str, value: str) -> None:
        self.metadata.setdefault(name, " ".join(value[:_METADATA_CHARACTERS].split()))
