"""Groups that are committed in this process and without HTTP, as an instance prepares, decides and writes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from captures import Envelopes
from cpu import Meter
from figures import Figures
from filiere_platform.domain.credential import read_token
from filiere_platform.usecases.capture import Capture, Parcel, Prepared
from sites import Site

BATCH: Final = 100
Group = tuple[str, tuple[bytes, ...]]  # whose token, and what it sends


def groups_of(site: Site, envelopes: Envelopes) -> Iterator[Group]:
    """Cut the members' envelopes into groups, none used twice."""
    for name, own in envelopes.items():
        for start in range(0, len(own) - BATCH + 1, BATCH):
            yield site.senders[name].token, tuple(own[start : start + BATCH])


def committed(
    site: Site,
    capture: Capture,
    groups: Sequence[Group],
    *,
    change: Callable[[Prepared], Prepared] = lambda prepared: prepared,
    beside: float = 0.0,
) -> Figures:
    """Prepare and commit groups; processor time of this process and of the database's, by event.

    `change` is done to what was prepared; `beside` are seconds of processor time that are not counted.
    """
    directory, database = site.platform.directory, site.platform.database
    meter = Meter({"postgresql": site.processes["postgresql"]})
    begun, used, count = time.perf_counter(), time.process_time(), 0
    for token, payloads in groups:
        parcel = Parcel(sender=read_token(token), payloads=payloads, signed=True)
        prepared = change(capture.prepare(parcel, directory.current()))
        with database.capture_transaction() as transaction:
            (outcomes,) = capture.capture_group(transaction, [prepared])
        assert all(outcome.status.value == "stored" for outcome in outcomes), outcomes[0]
        count += len(outcomes)
    seconds = time.perf_counter() - begun
    own = time.process_time() - used - beside
    each = {"capture": own / count * 1e6, "postgresql": meter.read()["postgresql"] / count * 1e6}
    return Figures(rate=count / seconds, microseconds=each, count=count, seconds=seconds)
