"""Run the command line `filiere-connect` with functions wrapped so that the process dies at a named point.

`FILIERE_TEST_CRASH_AT` is `point:n`: at the n-th passage, the process kills itself with SIGKILL, as a power cut would.
Points: `signed` (a record is in an open transaction), `kept` (a transaction is committed), `sending` (before a
request), `answered` (after it, nothing settled), `settled`, `proved`.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from filiere_connectors.cli.main import main
from filiere_connectors.client import Client
from filiere_connectors.spool import Spool

POINT, _, NTH = os.environ.get("FILIERE_TEST_CRASH_AT", "").partition(":")
passages = 0


def pass_point(point: str) -> None:
    """Die here if it is the point and the time."""
    global passages  # noqa: PLW0603 - one process, one counter
    if point == POINT:
        passages += 1
        if passages == int(NTH):
            os.kill(os.getpid(), signal.SIGKILL)


def around(owner: type, name: str, *, before: str = "", after: str = "") -> None:
    """Pass a point whenever a method is called or has returned."""
    original: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        pass_point(before)
        result = original(*args, **kwargs)
        pass_point(after)
        return result

    setattr(owner, name, wrapped)


transaction = Spool.transaction


@contextmanager
def committed(self: Any) -> Iterator[None]:
    with transaction(self):
        yield
    pass_point("kept")


around(Spool, "add", after="signed")
around(Client, "send", before="sending", after="answered")
around(Client, "rotate", before="rotating", after="rotated")
around(Client, "revoke", after="revoked")
around(Spool, "begin_chain", after="begun")
around(Spool, "settle", after="settled")
around(Spool, "publish", after="proved")
Spool.transaction = committed  # type: ignore[method-assign]

if __name__ == "__main__":
    main(sys.argv[1:])
