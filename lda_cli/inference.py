"""The use case of inference: model + documents -> topics, in a stream whose memory does not grow."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO

from .config import Config
from .corpus.readers import Document, read_documents
from .corpus.report import Report
from .model.model import CHUNK_DOCUMENTS, DocumentTopics, Model, threads


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
    documents = read_documents(inputs, config.corpus, report or Report(), stdin)
    with threads(config.training.threads) as parallel:
        while chunk := list(islice(documents, CHUNK_DOCUMENTS)):
            texts = (document.text for document in chunk)
            yield from zip(
                chunk, model.infer(texts, words=words, config=config, parallel=parallel), strict=True
            )
