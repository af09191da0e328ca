"""A measure of the topics of a model, with its definition."""

from typing import NamedTuple


class Measure(NamedTuple):
    """A number for each of K topics.

    definition : in words, with every number that it depends on
    values : None where it is not defined
    missing : of coherence, how many words of each topic no document has
    """

    definition: str
    values: tuple[float | None, ...]
    missing: tuple[int, ...] | None = None

    @property
    def mean(self) -> float | None:
        """Return the mean of the topics that have a value, None if none has."""
        known = [value for value in self.values if value is not None]
        return sum(known) / len(known) if known else None
