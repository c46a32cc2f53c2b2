"""How often somebody may call: each token, each person and each address has a limit of its own.

Whoever is not known counts for the address that the connection comes from, whatever it is that is asked for: what
nobody thought of is limited, too. A token counts for itself once it is proven, a session for its person once a page
has found it to hold; a secret that was only made up never opens a count of its own.
"""

from __future__ import annotations

import functools
import ipaddress
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from filiere_platform.domain.attempts import Attempts, Limit
from filiere_platform.domain.request_sentences import TOO_MANY_REQUESTS

AT_ONCE_SECONDS: Final = 10  # of a rate may come at once, after a rest
MOST_SESSIONS: Final = 100_000  # remembered to hold; beyond, those that came first count for their address once more
# What one customer of a provider is given. Source: RFC 6177, 2; BCP 157.
_IPV6_PREFIX: Final = 64
_SECOND: Final = 1_000_000  # microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Requests per second; 0: as many as may be."""

    token: float
    person: float
    address: float


class Callers:
    """Counts who calls, in this process. Safe for any thread; some microseconds for a request."""

    def __init__(self, rates: Rates) -> None:
        self._tokens = _counter(rates.token)
        self._people = _counter(rates.person)
        self._addresses = _counter(rates.address)
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, str] = OrderedDict()  # a session's cookie to whose it is

    def take_token(self, prefix: str, *, now: int) -> None:
        """Count a request with a token that is proven; `now` is in microseconds of any clock that never goes back.

        Raises:
            TooMany: code `too-many-requests`.
        """
        if self._tokens is not None:
            self._tokens.take(prefix, now=now)

    def take_visit(self, cookie: str, address: str, *, now: int) -> None:
        """Count a request of a browser, or of a stranger: for the session's person where it is known, else the address.

        Raises:
            TooMany: code `too-many-requests`.
        """
        person = self._sessions.get(cookie) if cookie else None
        counter, name = (self._addresses, place_of(address)) if person is None else (self._people, person)
        if counter is not None:
            counter.take(name, now=now)

    def recognise(self, cookie: str, person: str) -> None:
        """Remember whose a session is that was found to hold."""
        if cookie in self._sessions:
            return
        with self._lock:
            self._sessions[cookie] = person
            if len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)

    def forget(self, cookie: str) -> None:
        """Let a session count for its address again: it has ended."""
        with self._lock:
            self._sessions.pop(cookie, None)


@functools.lru_cache(maxsize=4_096)
def place_of(address: str) -> str:
    """Give what stands for an address when attempts are counted: an IPv6 address is one of 2^64 of its owner."""
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(found), _IPV6_PREFIX), strict=False))


def _counter(rate: float) -> Attempts | None:
    if not rate:
        return None
    limit = Limit(at_once=max(1, round(rate * AT_ONCE_SECONDS)), pause=max(1, round(_SECOND / rate)))
    return Attempts(limit, sentence=TOO_MANY_REQUESTS)
