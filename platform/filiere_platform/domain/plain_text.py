"""Whether a text of somebody's own hides nothing from who reads it."""

from __future__ import annotations

from typing import Final
from unicodedata import category

BREAKS: Final = frozenset("\n\t")
# Unicode's control, format, surrogate, private and unassigned characters, breaks of lines and of paragraphs: what is
# not seen, or turns around what is read. Joiners are needed to write some languages.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS: Final = frozenset("\u200c\u200d")


def is_plain(text: str, allowed: frozenset[str] = frozenset()) -> bool:
    """Whether every character is seen, is allowed, or joins two that are."""
    return all(each in allowed or each in _JOINERS or category(each) not in _UNSEEN for each in text)
