"""JSON files of a model that hold their own checksum: their last line is the SHA-256 of the text above."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

_KEY = '  "sha256_of_the_above": '


def sealed(data: Mapping[str, Any]) -> bytes:
    """Return the text of the file: the data, a key a line, and the checksum."""
    above = json.dumps(data, indent=2, ensure_ascii=True, allow_nan=False).removesuffix("\n}") + ",\n"
    return (above + _last_line(above)).encode()


def is_sealed(raw: bytes) -> bool:
    """Whether the last line is the checksum of the text above."""
    above, key, _ = raw.decode("utf-8", "replace").rpartition(_KEY)
    return bool(key) and raw == (above + _last_line(above)).encode()


def _last_line(above: str) -> str:
    return f'{_KEY}"{hashlib.sha256(above.encode()).hexdigest()}"\n}}\n'
