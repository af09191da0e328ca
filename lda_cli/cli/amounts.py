"""Amounts with two digits, in the unit that fits."""

from collections.abc import Sequence

# largest first
_COUNTS = ((" billion", 1e9), (" million", 1e6), ("", 1.0))
_BYTES = ((" TB", 1e12), (" GB", 1e9), (" MB", 1e6), (" kB", 1e3), (" bytes", 1.0))
_SECONDS = ((" days", 86400.0), (" h", 3600.0), (" min", 60.0), (" s", 1.0))


def amount(number: float) -> str:
    """A number, with two digits."""
    return _rounded(number, _COUNTS)


def amount_of_bytes(number: float) -> str:
    """A number of bytes, with two digits."""
    return _rounded(number, _BYTES)


def amount_of_seconds(number: float) -> str:
    """A time, with two digits."""
    return _rounded(number, _SECONDS)


def _rounded(number: float, units: Sequence[tuple[str, float]]) -> str:
    """Format a number with two digits, in the largest unit that it reaches."""
    name, unit = next((each for each in units if number >= each[1]), units[-1])
    return f"{float(f'{number / unit:.2g}'):g}{name}"
