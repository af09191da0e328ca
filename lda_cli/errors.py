"""All errors that users can see, with their exit statuses, and two functions for messages.

    LdaCliError           1  an internal error
    ├── ConfigError       2  the command line or the config
    │   └── ClusterError     the cluster that the config names
    ├── CorpusError       3  the corpus or an input cannot be used, or there is not enough memory
    ├── ModelError        4  the model is missing or damaged, or needs a package
    │   └── NewerModelError  the model has a newer format
    ├── OutputError       5  the output cannot be written
    ├── BusyError         6  another process trains the model
    ├── LimitError        8  a limit of --fail-under or --fail-above is not kept
    └── Interrupted     130  a signal arrived, and its handler did not end the program

A message is one line: which file, what is wrong, what to do. Only `cli` prints it.
"""

EXIT_DONE = 0
EXIT_TIME_LIMIT = 7  # a model was written
EXIT_HUNG_UP = 129
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


class LdaCliError(Exception):
    """Base of all errors that lda-cli raises; `exit_code` is the exit status."""

    exit_code = 1


class ConfigError(LdaCliError):
    """The command line or the config is wrong."""

    exit_code = 2


class ClusterError(ConfigError):
    """The cluster that the config names cannot be used, or failed."""


class CorpusError(LdaCliError):
    """The corpus or an input cannot be used, or there is not enough memory."""

    exit_code = 3


class ModelError(LdaCliError):
    """The model is missing, damaged or of a newer format, or needs a package that is not installed."""

    exit_code = 4


class NewerModelError(ModelError):
    """The model was written by a newer lda-cli; --if-changed does not replace it."""


class OutputError(LdaCliError):
    """The output cannot be written."""

    exit_code = 5


class BusyError(LdaCliError):
    """Another process trains the model."""

    exit_code = 6


class LimitError(LdaCliError):
    """What was measured is beyond the limit that was given; the results were written."""

    exit_code = 8


class Interrupted(LdaCliError):
    """A signal arrived, and its handler did not end the program."""

    exit_code = EXIT_INTERRUPTED


def in_words(error: OSError | ValueError) -> str:
    """The reason of an error, without error number and path."""
    words = getattr(error, "strerror", None) or str(error)
    return words[:1].lower() + words[1:]


_JOINERS = "\u200c\u200d"


def safe(text: str, keep: str = "") -> str:
    r"""Escape unprintable characters (controls, direction marks) as \xNN, \uNNNN or \UNNNNNNNN.

    Joiners of letters stay: words of Persian and of Indian languages have them, and emoji. A byte that is not
    UTF-8, in Python a lone surrogate, becomes \xNN. The characters of `keep` stay too.
    """
    if text.isprintable():
        return text
    keep += _JOINERS
    return "".join(c if c.isprintable() or c in keep else _escaped(ord(c)) for c in text)


def _escaped(code: int) -> str:
    if code < 0x80 or 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code & 0xFF:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
