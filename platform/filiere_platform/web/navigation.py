"""The pages that a reader may open, in groups: each is shown to whom its route is open, by the table of routes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from filiere_platform.domain.permissions import may
from filiere_platform.domain.principal import NOBODY, Principal
from filiere_platform.domain.routes import permission_of

# Group -> its pages: address, and the sentence that names it. Whoever adds a page adds a line.
GROUPS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "nav-work": (
        ("/sets", "sets-page"),
        ("/investigation", "investigation-page"),
        ("/balance", "balance-page"),
        ("/reports", "reports-page"),
        ("/accounts", "accounts-page"),
        ("/findings", "findings-page"),
        ("/recalls", "recalls"),
        ("/cases", "cases"),
        ("/access-requests", "access-requests"),
        ("/suppliers", "suppliers"),
        ("/master-data", "master-data"),
    ),
    "nav-organisation": (
        ("/membership", "membership"),
        ("/people", "people"),
        ("/tokens", "tokens"),
        ("/deliveries", "deliveries"),
        ("/mandates", "mandates"),
        ("/keys", "keys"),
        ("/sharing", "sharing"),
        ("/audit", "acts"),
    ),
    "nav-instance": (("/administration", "administration"),),
}


def open_to(principal: Principal) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Give the groups in which a principal may open anything, each with those pages; none to who is not signed in."""
    if principal == NOBODY:
        return
    for group, pages in GROUPS.items():
        shown = [(address, name) for address, name in pages if _is_open(address, principal)]
        if shown:
            yield group, shown


def _is_open(address: str, principal: Principal) -> bool:
    needed = permission_of("GET", address)
    return needed is None or may(principal, needed)
