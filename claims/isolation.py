"""Text from outside on a screen: what deceives is written out, and nothing turns what stands around it."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

# Whatever turns a line around, hides in it, or is not a character: of these, people see the number.
_KEPT = "\n\t"
_DECEIVING = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
# The joiners are letters of Arabic and Persian spelling; alone they cannot turn a line around.
_SPELLING = "\u200c\u200d"
_SUSPECT = re.compile(r"[^\x20-\x7e]+")
# No script puts more signs on one letter; more of them run over the lines above and below.
_MOST_MARKS = 8
_MARKS = frozenset({"Mn", "Me"})
# FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE (Unicode Standard Annex 9, 2.4.3).
_OPEN, _CLOSE = "\u2068", "\u2069"


def neutral(text: Any) -> str:
    """Text from outside with control, formatting and bidirectional characters written as their numbers,
    and of a flood of marks on one letter the number of the first that is too many.

    The record keeps what was given; this is for screens only, and is escaped like any other text.
    """
    return _SUSPECT.sub(_neutralised, "" if text is None else str(text))


def isolated(neutral_text: str) -> str:
    """Neutral text for a sentence of another direction: it is ordered by itself, and nothing with it."""
    return f"{_OPEN}{neutral_text}{_CLOSE}"


def cut(text: str, longest: int) -> str:
    """The text, isolates and all, as far as so many visible characters go; every isolate is closed again."""
    visible = [at for at, letter in enumerate(text) if letter not in (_OPEN, _CLOSE)]
    if len(visible) <= longest:
        return text
    kept = text[: visible[longest - 1]]
    return f"{kept}…" + _CLOSE * (kept.count(_OPEN) - kept.count(_CLOSE))


def _neutralised(found: re.Match[str]) -> str:
    marks, written = 0, []
    for character in found[0]:
        category = unicodedata.category(character)
        if category in _MARKS:
            marks += 1
        elif character not in _SPELLING:
            marks = 0
        if category not in _DECEIVING or character in _KEPT + _SPELLING:
            written.append(_unless_too_many(character, marks))
        else:
            written.append(f"[U+{ord(character):04X}]")
    return "".join(written)


def _unless_too_many(character: str, marks: int) -> str:
    """The character; of the marks on one letter that are too many, the first stands for all."""
    if marks <= _MOST_MARKS:
        return character
    return f"[U+{ord(character):04X}…]" if marks == _MOST_MARKS + 1 else ""
