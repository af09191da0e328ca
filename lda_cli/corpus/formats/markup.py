"""The text of elements: which of them end a word, a line or a paragraph. Used by HTML and XML."""

import re


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


# Elements that do not end a word: <b>w</b>ord is one. All others do.
HTML_INLINE = _names(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd mark nobr q s samp small span"
    " strike strong sub sup time tt u var wbr"
)
# Of TEI and DocBook. Data in XML, such as <name> and <date>, often has no white space between elements.
XML_INLINE = _names(
    "add b c del em emph emphasis ex g gap hi i phrase quote seg strong sub subscript sup superscript"
    " supplied surplus tt u unclear"
)
_SPACES = _names("td th input option entry cell")
_LINES = _names("br lb l li tr dt dd row")
_PREFORMATTED = _names("pre textarea listing xmp programlisting screen literallayout")
_RUN = re.compile(r"\s{2,}")


class MarkupText:
    """Gathers text from the events of a parser, in their order.

    inline : names of elements that do not end a word
    ignored : names of elements whose text is left out
    n_characters : of the text until now
    """

    def __init__(self, inline: frozenset[str], ignored: frozenset[str]) -> None:
        self._inline, self._ignored = inline, ignored
        self._parts: list[str] = []
        self._n_ignored = self._n_preformatted = 0  # open elements of the kind
        self.n_characters = 0

    def begin(self, name: str) -> None:
        """Begin an element; `name` has lower case and no namespace."""
        if name in self._inline:
            return
        if name in self._ignored:
            self._n_ignored += 1
        elif name in _PREFORMATTED:
            self._n_preformatted += 1
        self._parts.append(" " if name in _SPACES else "\n" if name in _LINES else "\n\n")

    def finish(self, name: str) -> None:
        """End an element that was begun."""
        if name in self._inline:
            return
        if name in self._ignored:
            self._n_ignored -= 1
        elif name in _PREFORMATTED:
            self._n_preformatted -= 1
        self._parts.append(" " if name in _SPACES or name in _LINES else "\n\n")

    def add(self, text: str) -> None:
        """Add text at this place."""
        if not self._n_ignored:
            self.n_characters += len(text)
            self._parts.append(text if self._n_preformatted else text.replace("\n", " "))

    def text(self) -> str:
        """Return the whole text: paragraphs between blank lines, white space single elsewhere."""
        return _RUN.sub(_shorter, "".join(self._parts)).strip()


def _shorter(run: re.Match[str]) -> str:
    n_lines = run[0].count("\n")
    return "\n\n" if n_lines > 1 else "\n" if n_lines else " "
