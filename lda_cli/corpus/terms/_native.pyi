"""Types of the compiled counter. PythonCounter in counting.py documents its methods."""

from collections.abc import Callable, Iterable

class Counter:
    def __new__(
        cls,
        *,
        characters: Callable[[int], bytes],
        normalize: Callable[[str], str],
        known: dict[str, int] | None,
        lowercase: bool,
        min_length: int,
        max_length: int,
        is_verbatim: bool,
        limit: int,
    ) -> Counter: ...
    def count(self, texts: Iterable[str], /) -> tuple[bytearray, bytearray, bytearray, bytearray]: ...
    def sequences(self, texts: Iterable[str], /) -> tuple[bytearray, bytearray]: ...
    def numbers(self, terms: list[str], /) -> bytearray: ...
    def terms(self, first: int, /) -> list[str]: ...
    def __len__(self) -> int: ...
