"""What `train --dry-run` prints: the estimate, one line per subject."""

from collections.abc import Iterator, Sequence

from ..training.dry_run import Estimate
from .progress import of_format, of_pruning, of_sizes, of_starts

_EXISTING = {
    "force": "would be replaced",
    "if-changed": "is out of date and would be replaced",
    None: "already exists; to replace it, use --force or --if-changed",
}
# largest first
_COUNTS = ((" billion", 1e9), (" million", 1e6), ("", 1.0))
_BYTES = ((" TB", 1e12), (" GB", 1e9), (" MB", 1e6), (" kB", 1e3), (" bytes", 1.0))
_SECONDS = ((" days", 86400.0), (" h", 3600.0), (" min", 60.0), (" s", 1.0))


def lines(found: Estimate | None, model: str, existing: str | None) -> Iterator[str]:
    """Yield the lines.

    found : None if the model is up to date
    model : the model directory
    existing : what the user wants for an existing model: "force", "if-changed" or None
    """
    if found is None:
        yield f"model: {model} is up to date, nothing to do"
        return
    yield f"model: {model} {_EXISTING[existing] if found.replaces else 'would be created'}"
    for given, kind in found.formats:
        yield f"input: {of_format(given, kind)}"
    sample, report, corpus = found.sample, found.sample.report, found.corpus
    yield f"files: {len(sample.files)} of {_rounded(sample.n_bytes, _BYTES)}"
    if sample.is_whole:
        yield "sample: all documents; the numbers of documents, tokens and terms are exact"
    else:
        cut = " (only the beginning of large files)" if sample.is_cut else ""
        yield f"sample: {found.n_sampled} documents{cut}; the numbers below are estimates"
    if report.n_skipped:
        yield f"sample: {report.n_skipped} skipped, first: {report.skipped[0]}"
    if report.left_out:
        yield f"sample: left out: {report.left_out_in_words}"
    if report.n_replaced:
        yield f"sample: {report.n_replaced} read with replaced bytes, first: {report.replaced[0]}"
    sizes, settings = corpus.sizes, found.settings
    if sample.is_whole:
        yield f"corpus: {of_sizes(sizes)}"
        yield f"vocabulary: {of_pruning(corpus.pruning)}"
    else:
        n_documents, n_tokens, n_terms, n_found = (
            f"about {_rounded(number, _COUNTS)}"
            for number in (sizes.n_documents, sizes.n_tokens, sizes.n_terms, corpus.n_terms)
        )
        yield f"corpus: {n_documents} documents, {n_tokens} tokens of {n_terms} terms"
        yield f"vocabulary: found {n_found} terms; {n_terms} remain"
    for warning in found.warnings:
        yield f"warning: {warning}"
    yield (
        f"training: {len(settings.alpha)} topics, {len(settings.schedule)} passes at most, "
        f"{settings.n_minibatches} minibatches{of_starts(settings)}"
    )
    yield f"memory: about {_rounded(found.memory, _BYTES)} at most"
    model, counts, temporary = (
        _rounded(number, _BYTES) for number in (found.model, found.counts, found.temporary)
    )
    yield (
        f"disk: about {model} for the model, {counts} for the corpus cache, "
        f"up to {temporary} more during training"
    )
    total, reading, training = (
        _rounded(number, _SECONDS)
        for number in (found.reading + found.training, found.reading, found.training)
    )
    yield f"time: about {total}: {reading} to read, {training} to train"


def _rounded(number: float, units: Sequence[tuple[str, float]]) -> str:
    """Format a number with two digits, in the largest unit that it reaches."""
    name, unit = next((each for each in units if number >= each[1]), units[-1])
    return f"{float(f'{number / unit:.2g}'):g}{name}"


def amount_of_bytes(number: float) -> str:
    """A number of bytes, with two digits."""
    return _rounded(number, _BYTES)


def amount_of_seconds(number: float) -> str:
    """A time, with two digits."""
    return _rounded(number, _SECONDS)
