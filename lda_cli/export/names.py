"""The names of the topics in what is exported."""

from ..model.model import Model

_WORDS = 3


def names(model: Model) -> list[str]:
    """Return a name for each of the K topics: one that was given, or ~ and its first words."""
    given: list[str] | None = getattr(model, "names", None)
    if given is not None:
        return list(given)
    return ["~" + " ".join(term for term, _ in topic.words) for topic in model.topics(_WORDS)]
