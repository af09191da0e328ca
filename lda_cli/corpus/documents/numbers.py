"""Numbers as text, many at once: the fields of a block of lines, and what they are worth. For bag_lines.py.

A gigabyte has some hundred million numbers: none of them ever becomes an object of Python.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Int64 = NDArray[np.int64]

DIGITS = 18  # of a whole number; more do not fit 64 bits for sure
CHARACTERS = 40  # of any other number

_REAL = np.zeros(256, bool)
_REAL[list(b"\0+-.0123456789Ee")] = True


class Fields(NamedTuple):
    """The F fields of L lines.

    data : (N,) uint8, the lines, each with its "\\n"
    starts, ends : (F,) int64, where in `data` a field begins and ends
    firsts : (L + 1,) int64, the first field of each line, and F
    """

    data: NDArray[np.uint8]
    starts: Int64
    ends: Int64
    firsts: Int64

    def chosen(self, which: Int64) -> "Fields":
        """Return some of the fields, without their lines."""
        return self._replace(starts=self.starts[which], ends=self.ends[which], firsts=which[:0])


def fields_of(lines: bytes, between: bytes = b" \t\r\n\v\f") -> Fields:
    """Divide lines into fields; what stands `between` them is no part of any."""
    data = np.frombuffer(lines if lines.endswith(b"\n") else lines + b"\n", np.uint8)
    separates = np.zeros(256, bool)
    separates[list(between)] = True
    is_outside = separates[data]
    edges = np.flatnonzero(np.diff(is_outside, prepend=True))  # the last byte, "\n", is outside
    starts, ends = edges[::2], edges[1::2]
    firsts = np.searchsorted(starts, np.flatnonzero(data == ord("\n")))
    return Fields(data, starts, ends, np.concatenate([[0], firsts]))


def whole_numbers(fields: Fields) -> tuple[Int64, Bools]:
    """Return the values of fields that are digits, and which are: (F,) each. Any value where one is not."""
    lengths = fields.ends - fields.starts
    values = np.zeros(len(lengths), np.int64)
    is_whole = lengths <= DIGITS
    power = 1
    for place in range(min(int(lengths.max(initial=0)), DIGITS)):
        is_there = lengths > place
        digits = fields.data.take(fields.ends - (1 + place), mode="clip") - np.uint8(ord("0"))
        is_whole &= ~is_there | (digits < 10)
        values += np.where(is_there, digits, 0).astype(np.int64) * power
        power *= 10
    return values, is_whole


def real_numbers(fields: Fields) -> NDArray[np.float64]:
    """Return the values of fields that are decimal numbers, such as -1, 2.50 or 1E6; nan for all others."""
    lengths = fields.ends - fields.starts
    places = np.arange(min(int(lengths.max(initial=1)), CHARACTERS))
    text = fields.data.take(fields.starts[:, None] + places, mode="clip")
    text[places >= lengths[:, None]] = 0
    is_real = _REAL[text].all(axis=1) & (lengths <= CHARACTERS)
    written = text.view(f"S{len(places)}").ravel()
    values = np.full(len(lengths), np.nan)
    try:
        values[is_real] = written[is_real].astype(np.float64)
    except ValueError:  # one of them at least, such as 1.2.3
        values[is_real] = [_float(one) for one in written[is_real].tolist()]
    return values


def _float(written: bytes) -> float:
    try:
        return float(written)
    except ValueError:
        return np.nan
