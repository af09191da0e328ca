"""A table as Parquet, a row group a block, with PyArrow, which is the extra `parquet`."""

from typing import Any, BinaryIO

import numpy as np

from ..errors import ConfigError
from .table import Block, Table


def write_parquet(stream: BinaryIO, table: Table) -> None:
    """Write a table; shares are the float32 of theta.npy. Raises ConfigError if PyArrow is not installed."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise ConfigError(
            "--format parquet: needs PyArrow, which is not installed; pip install 'lda-cli[parquet]'"
        ) from None
    types = {"int": pa.int64(), "float": pa.float64(), "share": pa.float32(), "text": pa.string()}
    schema = pa.schema([(column.name, types[column.kind]) for column in table.columns])
    with pq.ParquetWriter(stream, schema) as writer:
        for block in table.blocks:
            arrays = [
                pa.array(values, field.type) for values, field in zip(_columns(block), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _columns(block: Block) -> list[Any]:
    shares = [] if block.shares is None else list(np.ascontiguousarray(block.shares.T))
    return [*block.left, *shares, *block.right]
