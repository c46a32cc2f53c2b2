"""Give an instance back what it has lost: the records that the spool has kept, and its own receipts for them.

The instance names what it misses by digest; the spool has every record that it ever signed. Nothing is signed again,
nothing changes in the spool: what was stored is stored again, at the place that its receipt says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from filiere_connectors.client import Client, ServerRefused
from filiere_connectors.spool import Spool
from filiere_schemas.provenance.base64url import decode

AT_ONCE = 100  # records or receipts in one request


def give_back(spool: Spool, client: Client) -> int:
    """Send what an instance in recovery misses and the spool has; gives how many records it took.

    Raises:
        ServerAway: it does not answer.
        ServerRefused: the token is not accepted.
        ServerOdd: the answer is no such document.
    """
    try:
        standing = client.recovery()
    except ServerRefused as refused:
        if refused.status == 404:  # noqa: PLR2004 - an instance of an earlier release has no such question
            return 0
        raise
    if not standing.get("recovering"):
        return 0
    # 1. The receipts first: they say what was stored and not yet published, which the log's tiles cannot say.
    receipts = list(_receipts_from(spool, int(standing.get("start", 0))))
    for first in range(0, len(receipts), AT_ONCE):
        client.give_back([], receipts[first : first + AT_ONCE])
    # 2. What is missing, page by page.
    taken, after = 0, -1
    while missing := client.recovery(after=after).get("missing"):
        after = int(missing[-1]["index"])
        mine = [record.envelope for each in missing if (record := _mine(spool, each)) is not None]
        for first in range(0, len(mine), AT_ONCE):
            taken += int(client.give_back(mine[first : first + AT_ONCE], []).get("taken", 0))
    return taken


def _mine(spool: Spool, missing: Mapping[str, Any]) -> Any:
    return spool.of_digest(bytes.fromhex(str(missing["sha256"])))


def _receipts_from(spool: Spool, start: int) -> Iterator[bytes]:
    """Find the receipts that speak of an index or a later one."""
    for compact in spool.receipts():
        lines = json.loads(decode(compact.split(".")[1].encode()))["records"]
        if any(int(line["index"]) >= start for line in lines):
            yield compact.encode()
