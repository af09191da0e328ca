"""Times as people and programs read them: in the log, in status.json, and in the file of a lock."""

from datetime import datetime


def in_iso(seconds: float) -> str:
    """Return a time, in seconds after the epoch, as ISO 8601 has it, in local time with its offset."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")
