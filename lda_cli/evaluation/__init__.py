"""How good a model is: measures over documents, each with its definition and its interval.

This file is what `lda-cli evaluate --help` needs: it imports no NumPy.
"""

from collections.abc import Mapping
from typing import Literal

Section = Literal["held-out", "coherence", "diagnostics", "flags"]
SECTIONS: tuple[Section, ...] = ("held-out", "coherence", "diagnostics", "flags")

_COHERENCE = ("c_npmi", "c_v", "c_p", "c_uci", "u_mass", "mimno", "npmi")

# What --fail-under takes, larger numbers being better, with the section that measures it.
LIMITS: Mapping[str, Section] = {
    **dict.fromkeys(_COHERENCE, "coherence"),
    **dict.fromkeys(("frex", "diversity", "inverted_rbo"), "diagnostics"),
    "unflagged": "flags",
    **dict.fromkeys(("bound", "completion", "left_to_right"), "held-out"),
}
