"""The length of GS1 company prefixes: what an EPC URN sets apart and a key alone does not show."""

from __future__ import annotations

import re
from functools import lru_cache

_LEADING_DIGITS = re.compile(r"[0-9]{4,12}")


@lru_cache(maxsize=65_536)
def length(key: str) -> int | None:
    """Give the length of the company prefix that begins `key`, or None where GS1 has given out no such prefix.

    The table comes with `biip`; it is loaded at the first question (0.2 s, once), so that reading identifiers does
    not pay for it. A newer table may answer what an older one did not: never make a key of the answer.
    """
    from biip.gs1_prefixes import GS1CompanyPrefix

    digits = _LEADING_DIGITS.match(key)
    prefix = GS1CompanyPrefix.extract(digits[0]) if digits else None
    return None if prefix is None else len(prefix.value)
