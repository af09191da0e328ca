"""What a run tells while it reads: events for the caller, and the status file beside the model."""

from . import events
from .run import Run


class Telling:
    """Functions that tell what was read, or warn."""

    def __init__(self, report: events.Listener, run: Run) -> None:
        """Report receives events; the run has the status file, which says from now on that it reads."""
        self._report, self._status = report, run.status
        self._status.write("reading", documents=0)

    def documents_read(self, n_documents: int) -> None:
        """Tell the number of documents read so far."""
        self._report(events.DocumentsRead(n_documents))
        self._status.write("reading", documents=n_documents)

    def phrases_learned(self, n_pairs: int) -> None:
        """Tell the number of pairs that make phrases."""
        self._report(events.PhrasesLearned(n_pairs))

    def warn(self, message: str) -> None:
        """Warn, in one line."""
        self._report(events.Warned(message))
