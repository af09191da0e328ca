"""What forgers do: put anything in any place of a JSON value, and other bytes in the place of some."""

from typing import Any

from hypothesis import strategies as st

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def put_anywhere(found: Any, draw: st.DrawFn) -> None:
    """Put a drawn value in the place of a drawn part of a JSON value, or leave the part out."""
    while True:
        keys = list(found) if isinstance(found, dict) else list(range(len(found)))
        if not keys:
            return
        key = draw(st.sampled_from(keys))
        if not isinstance(found[key], dict | list) or draw(st.booleans()):
            if draw(st.integers(0, 4)):
                found[key] = draw(json_values)
            else:
                del found[key]
            return
        found = found[key]


def altered(content: bytes, draw: st.DrawFn) -> bytes:
    """Draw other bytes in the place of a few, or cut some out, or repeat some."""
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(content)))
        end = min(begin + draw(st.integers(0, 9)), len(content))
        instead = draw(st.binary(max_size=9) | st.just(2 * content[begin:end]))
        content = content[:begin] + instead + content[end:]
    return content
