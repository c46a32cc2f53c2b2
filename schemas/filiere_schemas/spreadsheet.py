"""What a spreadsheet would compute instead of show: a text that somebody typed must never be one, in no file of ours.

Source: OWASP, CSV Injection; the full-width forms of the signs are read as the plain ones by some spreadsheets.
"""

from __future__ import annotations

from typing import Final

COMPUTED: Final = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # with which such a text begins


def as_text(cell: str) -> str:
    """Write a cell so that it is shown as it is: one that would be computed begins with an apostrophe."""
    return f"'{cell}" if cell[:1] in COMPUTED else cell
