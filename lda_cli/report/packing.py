"""The data of the page as text: a header of JSON and arrays of numbers, gzip, base64.

Layout: the header in one line, then each array: its first bytes, then its second ones, and so on, which gzip
packs better. scripts/data.js reads it. Equal data give equal bytes.
"""

import base64
import gzip
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..engine.arrays import Int32

_UNSIGNED = (np.uint8, np.uint16, np.uint32)
_LEVEL = 6  # of gzip; 9 takes twice the time and saves a hundredth


class Pack:
    """Facts, which are JSON, and named arrays, in the order in which they are added."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}
        self._listed: list[dict[str, object]] = []
        self._parts: list[bytes] = []

    def whole(self, name: str, numbers: npt.ArrayLike) -> None:
        """Add whole numbers, 0 or more, in as few bytes as they need; beyond 32 bits as floats."""
        array = np.asarray(numbers)
        most = int(array.max(initial=0))
        kind = next((kind for kind in _UNSIGNED if most <= np.iinfo(kind).max), np.float64)
        self.array(name, array.astype(kind))

    def array(self, name: str, array: npt.NDArray[Any]) -> None:
        """Add an array of uint8, uint16, uint32, float32 or float64."""
        flat = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(-1)
        planes = flat.view(np.uint8).reshape(len(flat), array.dtype.itemsize).T
        self._add(name, array.dtype.str[1:], len(flat), planes.tobytes())

    def lines(self, name: str, texts: Iterable[str]) -> None:
        """Add texts as UTF-8, with the lengths of their bytes; a lone surrogate becomes a question mark."""
        found = Lines()
        found.add(texts)
        self.text(name, found)

    def text(self, name: str, found: "Lines") -> None:
        """As `lines`, for texts that came in parts."""
        self.whole(f"{name}.lengths", np.concatenate([np.zeros(0, np.int32), *found.lengths]))
        joined = b"".join(found.parts)
        self._add(name, "text", len(joined), joined)

    def _add(self, name: str, kind: str, length: int, data: bytes) -> None:
        self._listed.append({"name": name, "type": kind, "n": length})
        self._parts.append(data)

    def packed(self) -> bytes:
        """Return all of it as ASCII."""
        header = {"arrays": self._listed, "facts": self.facts}
        line = json.dumps(header, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        return base64.b64encode(gzip.compress(line + b"".join(self._parts), _LEVEL, mtime=0))


class Lines:
    """Texts that come in parts, in as little memory as they need."""

    def __init__(self) -> None:
        self.lengths: list[Int32] = []
        self.parts: list[bytes] = []

    def add(self, texts: Iterable[str]) -> None:
        """Add some more."""
        encoded = [text.encode("utf-8", "replace") for text in texts]
        self.lengths.append(np.array([len(each) for each in encoded], np.int32))
        self.parts.append(b"".join(encoded))
