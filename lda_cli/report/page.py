"""The page: page.html with style, scripts and data in it, under a policy that lets nothing else run."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files

from ..errors import safe

# In this order they are one script.
SCRIPTS = (
    *("start.js", "data.js", "elements.js", "address.js", "csv.js", "tables.js", "pictures.js", "sidebar.js"),
    *("overview.js", "topic.js", "term.js", "document.js", "groups.js", "together.js", "search.js"),
    *("download.js", "main.js"),
)


@cache
def _read(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def script() -> str:
    """Return the script of the page."""
    parts = "\n".join(_read(f"scripts/{name}") for name in SCRIPTS)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


def page(title: str, packs: Mapping[str, bytes], topics: Sequence[Sequence[str]]) -> bytes:
    """Return the page.

    packs : ASCII, by the names under which scripts/data.js finds them
    topics : number, name, share and words of each, for a browser that runs no script
    """
    style, code = _read("page.css"), script()
    values = {
        "policy": "; ".join(
            [
                "default-src 'none'",
                f"script-src '{_hash(code)}'",
                f"style-src '{_hash(style)}'",
                *("img-src data:", "base-uri 'none'", "form-action 'none'"),
            ]
        ),
        "title": _text(title),
        "style": style,
        "script": code,
        "rows": "\n".join(f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in topics),
        "data": "\n".join(
            f'<script type="text/plain" id="data-{name}">{data.decode()}</script>'
            for name, data in packs.items()
        ),
    }
    parts = _read("page.html").split("@@")  # every second part is a name: no value is read for names
    return "".join(values[part] if place % 2 else part for place, part in enumerate(parts)).encode()


def _text(value: str) -> str:
    return escape(safe(value))


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
