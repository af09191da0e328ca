"""The fingerprint of a corpus: it changes with the contents, names, formats and order of its files."""

import hashlib
import os
import stat
from collections.abc import Iterable

from ...errors import ConfigError
from ..formats.table import FORMATS
from .files import Source
from .inputs import STDIN


def content(source: Source) -> bytes:
    """Read a file, and return `with_vocabulary` for it; raises ConfigError for a pipe, and OSError."""
    if source.path == STDIN or stat.S_ISFIFO(os.stat(source.path).st_mode):
        raise ConfigError(f"{source.shown}: a pipe has no fingerprint before it is read; give files")
    with open(source.path, "rb", buffering=0) as file:
        return with_vocabulary(hashlib.file_digest(file, "sha256").digest(), source)


def with_vocabulary(stored: bytes, source: Source) -> bytes:
    """Return `stored`, the SHA-256 of a file; for a bag of words, a SHA-256 of it and its vocabulary."""
    if source.vocabulary is None:
        return stored
    with open(source.vocabulary, "rb", buffering=0) as file:
        return hashlib.sha256(stored + hashlib.file_digest(file, "sha256").digest()).digest()


def of_contents(contents: Iterable[tuple[Source, bytes]]) -> str:
    """Return SHA-256, in hex, of the files' names, each after its length, formats and contents, in order."""
    digest = hashlib.sha256()
    for source, stored in contents:
        name = source.name.encode("utf-8", "surrogatepass")
        digest.update(len(name).to_bytes(8, "big") + name + FORMATS[source.format].letter + stored)
    return digest.hexdigest()
