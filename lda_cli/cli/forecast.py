"""What `train --dry-run` says: an estimate as lines, each of which begins with what it tells of."""

from collections.abc import Iterator

from ..corpus.terms.vocabulary import Amount, PruningReport
from ..corpus.training_corpus import Sizes
from ..training.dry_run import Estimate
from .progress import of_format, of_pruning, of_sizes, of_starts

_EXISTING = {
    "force": "would be replaced",
    "if-changed": "is not up to date, and would be replaced",
    None: "is there already, and would be refused without --force or --if-changed",
}
_DIGITS = 3  # of a number that is an estimate
_BYTES = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
_SECONDS = (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0))


def lines(found: Estimate | None, model: str, existing: str | None) -> Iterator[str]:
    """Yield the lines.

    found : None if the model is up to date, and nothing would be done
    model : the folder it would be written to
    existing : "force", "if-changed", or None, which is what is asked for if a model is there
    """
    if found is None:
        yield f"model: {model} is up to date, nothing would be done"
        return
    yield f"model: {model} {_EXISTING[existing] if found.replaces else 'would be new'}"
    for given, kind in found.formats:
        yield f"input: {of_format(given, kind)}"
    yield (
        f"files: {found.n_files} of {_bytes(found.n_bytes)}; {found.n_unchanged} did not change since "
        "they were counted, and would not be read"
    )
    yield f"sample: {_sample(found)}"
    report = found.report
    for examples, count, done in (
        (report.skipped, report.n_skipped, "skipped"),
        (report.replaced, report.n_replaced, "read with replaced bytes"),
    ):
        if count:
            yield f"sample: {count} {done}, the first: {examples[0]}"
    sizes, pruning, about = found.outlook.sizes, found.outlook.pruning, ""
    if not found.is_whole:
        sizes, pruning, about = _rounded_sizes(sizes), _rounded_pruning(pruning), "about "
    yield f"corpus: {about}{of_sizes(sizes)}"
    yield f"vocabulary: {about}{of_pruning(pruning)}"
    settings, space, seconds = found.settings, found.space, found.seconds
    yield (
        f"training: {len(settings.alpha)} topics, {len(settings.schedule)} passes at most, "
        f"{settings.n_minibatches} minibatches{of_starts(settings)}"
    )
    yield f"memory: about {_bytes(space.memory)} at most"
    yield (
        f"disk: about {_bytes(space.model)} for the model, {_bytes(space.cache)} for the corpus cache, "
        f"{_bytes(space.temporary)} while it trains, up to {_bytes(space.checkpoint)} for a checkpoint"
    )
    yield (
        f"time: about {_time(seconds.reading + seconds.training)}: {_time(seconds.reading)} to read, "
        f"{_time(seconds.training)} to train"
    )


def _sample(found: Estimate) -> str:
    if found.is_whole:
        return "every document was read; the numbers of documents, tokens and terms are exact"
    told = f"{found.n_sampled} documents were read; numbers of tokens and terms are estimated from them"
    if found.n_beginnings:
        told += f"; of {found.n_beginnings} files only the beginning, since they cannot be entered elsewhere"
    return told


def _rounded(number: int) -> int:
    return int(float(f"{number:.{_DIGITS}g}"))


def _rounded_sizes(sizes: Sizes) -> Sizes:
    rounded = Sizes(*map(_rounded, sizes))
    n_empty = _rounded(sizes.n_documents - sizes.n_with_words)
    return rounded._replace(n_with_words=rounded.n_documents - n_empty)


def _rounded_pruning(pruning: PruningReport) -> PruningReport:
    amounts = (pruning.found, pruning.stop_words, pruning.min_df, pruning.max_df, pruning.max_terms)
    return PruningReport(*(Amount(_rounded(amount.terms), _rounded(amount.tokens)) for amount in amounts))


def _bytes(number: float) -> str:
    for name, size in _BYTES:
        if number >= size:
            return f"{_few_digits(number / size)} {name}"
    return f"{number:.0f} bytes"


def _time(seconds: float) -> str:
    for name, length in _SECONDS:
        if seconds >= 2 * length:
            return f"{_few_digits(seconds / length)} {name}"
    return f"{max(0.1, seconds):.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def _few_digits(number: float) -> str:
    return f"{number:.1f}" if number < 10 else f"{number:.0f}"
