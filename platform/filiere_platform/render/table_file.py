"""A table as a file that a spreadsheet opens: CSV, in UTF-8 with a mark, so that accents arrive.

What others typed stands in the cells. A cell that a spreadsheet would take for a formula begins with an apostrophe.

Source: RFC 4180; OWASP CSV Injection.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from filiere_schemas.spreadsheet import as_text

MEDIA_TYPE = "text/csv; charset=utf-8"


def write_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Write a table with its header."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([as_text(cell.replace("\0", "")) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")
