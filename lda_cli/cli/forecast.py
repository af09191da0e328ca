"""What `train --dry-run` prints: the estimate, one line per subject."""

from collections.abc import Iterator

from ..engine.cost import WORKER_BYTES
from ..training.dry_run import Estimate
from .amounts import amount, amount_of_bytes, amount_of_seconds
from .progress import number_of, of_format, of_pruning, of_shards, of_sizes, of_starts

_EXISTING = {
    "force": "would be replaced",
    "if-changed": "is out of date and would be replaced",
    None: "already exists; to replace it, use --force or --if-changed",
}


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
    yield f"files: {len(sample.files)} of {amount_of_bytes(sample.n_bytes)}"
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
            f"about {amount(number)}"
            for number in (sizes.n_documents, sizes.n_tokens, sizes.n_terms, corpus.n_terms)
        )
        yield f"corpus: {n_documents} documents, {n_tokens} tokens of {n_terms} terms"
        yield f"vocabulary: found {n_found} terms; {n_terms} remain"
    for warning in found.warnings:
        yield f"warning: {warning}"
    yield (
        f"training: {len(settings.alpha)} topics, {len(settings.schedule)} passes at most, "
        f"{settings.n_minibatches} minibatches{of_shards(settings)}{of_starts(settings)}"
    )
    yield f"memory: about {amount_of_bytes(found.memory)} at most"
    yield from _of_cluster(found)
    model, counts, temporary = (
        amount_of_bytes(number) for number in (found.model, found.counts, found.temporary)
    )
    yield (
        f"disk: about {model} for the model, {counts} for the corpus cache, "
        f"up to {temporary} more during training"
    )
    total, reading, training = (
        amount_of_seconds(number)
        for number in (found.reading + found.training + found.waiting, found.reading, found.training)
    )
    waiting = f", {amount_of_seconds(found.waiting)} to wait and to move" if found.waiting else ""
    yield f"time: about {total}: {reading} to read, {training} to train{waiting}"


def _of_cluster(found: Estimate) -> Iterator[str]:
    """Yield what a cluster would do, if there is one."""
    if not found.workers:
        return
    workers = f"{number_of(found.workers, 'worker')} with {number_of(found.worker_threads, 'thread')}"
    if found.cost is None:
        yield f"cluster: {workers} to read; this process trains, since training.shards is 1"
        return
    a_pass = found.cost.moved
    yield (
        f"cluster: {workers}, about {amount_of_bytes(WORKER_BYTES + found.cost.worker)} of memory each for a "
        f"shard at a time; {amount_of_bytes(a_pass)} a pass through the shared folder, "
        f"{amount_of_bytes(a_pass * len(found.settings.schedule))} in all"
    )
