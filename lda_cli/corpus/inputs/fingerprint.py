"""The fingerprint of a corpus: it changes with any file of it, and with their names, formats and order."""

import hashlib
import os
import stat
from collections.abc import Iterable

from ...errors import ConfigError
from .files import Source
from .formats import FORMATS
from .inputs import STDIN


def content(source: Source) -> bytes:
    """Return what `with_vocabulary` does of a file; raises ConfigError for a pipe, and OSError."""
    if source.path == STDIN or stat.S_ISFIFO(os.stat(source.path).st_mode):
        raise ConfigError(f"{source.shown}: a pipe has no fingerprint before it is read; give files")
    with open(source.path, "rb", buffering=0) as file:
        return with_vocabulary(hashlib.file_digest(file, "sha256").digest(), source)


def with_vocabulary(stored: bytes, source: Source) -> bytes:
    """Return SHA-256 of what is stored in a file, `stored`, and for a bag of words in its vocabulary too."""
    if source.vocabulary is None:
        return stored
    with open(source.vocabulary, "rb", buffering=0) as file:
        return hashlib.sha256(stored + hashlib.file_digest(file, "sha256").digest()).digest()


def of_contents(contents: Iterable[tuple[Source, bytes]]) -> str:
    """Return SHA-256, in hex, of the files' names, each behind its length, formats and contents, in order.

    A file that could not be read is none of them.
    """
    digest = hashlib.sha256()
    for source, stored in contents:
        name = source.name.encode("utf-8", "surrogatepass")
        digest.update(len(name).to_bytes(8, "big") + name + FORMATS[source.format].letter + stored)
    return digest.hexdigest()
