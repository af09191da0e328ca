"""The use case of inference: model + documents -> topics, in a stream whose memory does not grow."""

from collections.abc import Iterator, Sequence
from itertools import tee
from typing import BinaryIO

from .config import Config, not_documents
from .corpus.readers import Document, read_documents
from .corpus.report import Report
from .engine.threads import threads
from .model.model import DocumentTopics, Model


def infer_documents(
    model: Model,
    inputs: Sequence[str],
    config: Config,
    *,
    words: bool = False,
    report: Report | None = None,
    stdin: BinaryIO | None = None,
) -> Iterator[tuple[Document, DocumentTopics]]:
    """Each document of the inputs with its topics, in order.

    config : says how the inputs are read and when the E-step ends; words are those of the model's tokenizer
    report : is told what was skipped or replaced

    Raises CorpusError and ConfigError as the readers do.
    """
    never = not_documents(config, inputs)
    documents = read_documents(inputs, config.corpus, report or Report(), stdin, never=never)
    with threads(config.training.threads) as parallel:
        # `model.infer` reads a chunk ahead; tee keeps the documents of that chunk
        documents, ahead = tee(documents)
        texts = (document.text for document in ahead)
        found = model.infer(texts, words=words, config=config, parallel=parallel)
        yield from zip(documents, found, strict=True)
