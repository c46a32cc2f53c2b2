"""What can become of a write, as the callers of the store tell it apart.

Both are defined here, below the store, so that the store can raise them and the use cases and the edge can catch
them without either importing a driver's exceptions.
"""

from __future__ import annotations


class StoreUnavailable(Exception):  # noqa: N818 - a state of the world, which the caller answers with 503
    """The database cannot serve now.

    Nothing of this call was stored, with one exception that no client of a database can rule out: when the connection
    breaks while the commit is under way, it may have happened. Sending the same again is safe, as identities decide.
    """


class RowsRefused(Exception):  # noqa: N818 - the database refuses, the program does not err
    """The database refuses rows: an identity that is already there, or a value that it cannot hold.

    `constraint` is the name of the constraint that was broken, or None where the value itself was refused. Of a group,
    nothing was stored: its items are to be tried one at a time.
    """

    def __init__(self, constraint: str | None, detail: str) -> None:
        self.constraint = constraint
        super().__init__(detail if constraint is None else f"{constraint}: {detail}")
