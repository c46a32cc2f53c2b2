"""Decide from what was measured whether acknowledged records could be lost. Pure: the facts come from elsewhere.

An error loses records, or keeps them from being published, on the next bad day or today already; a warning does so
only after somebody does something else, such as promoting a replica.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from filiere_platform.domain import doctor_sentences as say
from filiere_platform.domain.broker_access import AccessFault, Fault
from filiere_platform.domain.standing import Standing, State
from filiere_schemas.problems import Problem, Sentence

# What a clock that NTP holds never reaches; connectors' own dates are not compared with ours.
MOST_DRIFT: Final = 2.0  # seconds
MEGABYTE: Final = 1_000_000
LEAST_FREE: Final = 100 * MEGABYTE  # below: about an hour of a busy sector
LITTLE_FREE: Final = 1_000 * MEGABYTE
SERVED_WITHIN: Final = 60.0  # seconds between anchor and served checkpoint: as `filiere health` allows
SQLITE_FULL: Final = 2  # https://www.sqlite.org/pragma.html#pragma_synchronous
# What the kernel calls file systems on which another machine writes, too.
NETWORK: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "9p", "lustre", "afs", "glusterfs", "fuse.sshfs", "fuse.glusterfs"}
)
VOLATILE: Final = frozenset({"tmpfs", "ramfs"})


class Level(StrEnum):
    """How bad it is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One finding, with what to do in its sentence."""

    level: Level
    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A value of `synchronous_commit`, and where it is set: for our session, a role, a database."""

    value: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """A connected replica; `mode` is PostgreSQL's `sync_state`, None where this user may not see it."""

    name: str
    mode: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresqlFacts:
    """What a PostgreSQL server says of itself; `timeline` is None on a standby."""

    user: str
    fsync: bool
    full_page_writes: bool
    commits: tuple[Commit, ...]
    named_standbys: str
    replicas: tuple[Replica, ...]
    is_standby: bool
    timeline: int | None
    drift: float  # seconds that our clock is ahead of the database's


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteFacts:
    """What a connection of ours to SQLite gets."""

    synchronous: int
    journal_mode: str


DatabaseFacts = PostgresqlFacts | SqliteFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """A file or folder of keys: its mode, the user who owns it, and the mode that it should have."""

    path: str
    mode: int
    owner: int
    expected_mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderFacts:
    """The data folder: where it lies, how much room it has, what a stopped publisher left."""

    path: str
    file_system: str
    free: int  # bytes
    owner: int
    leftovers: int
    anchor_age: float  # seconds since the anchor was written


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """Sizes and roots of what was signed, and what the database holds; None where there is none."""

    anchor: tuple[int, bytes] | None
    served: tuple[int, bytes] | None
    stored: int | None
    standing: Standing


def examine_database(facts: DatabaseFacts) -> list[Diagnosis]:
    """Say which settings of a database could lose acknowledged records."""
    if isinstance(facts, SqliteFacts):
        return list(_of_sqlite(facts))
    return [*_of_settings(facts), *_of_replicas(facts)]


def examine_folder(facts: FolderFacts, keys: Sequence[KeyFile]) -> list[Diagnosis]:
    """Say what is wrong with the data folder and the files of keys."""
    return [*_of_folder(facts), *_of_keys(keys, facts.owner)]


def examine_heads(heads: Heads, *, anchor_age: float, timeline: int | None) -> Iterator[Diagnosis]:
    """Say where database, anchor and served checkpoint contradict each other."""
    anchor, served = heads.anchor or (0, b""), heads.served or (0, b"")
    if anchor[0] < served[0]:
        yield error(say.ANCHOR_BEHIND, found=anchor[0], expected=served[0])
    elif anchor[0] == served[0] and anchor[1] != served[1]:
        yield error(say.HEADS_FORKED, size=anchor[0])
    elif anchor[0] > served[0] and anchor_age > SERVED_WITHIN:
        yield warning(say.ANCHOR_NOT_SERVED, expected=anchor[0], found=served[0], seconds=round(anchor_age))
    signed = max(anchor[0], served[0])
    if heads.stored is not None and heads.stored < signed:
        values = {"found": heads.stored, "expected": signed}
        if timeline is not None and timeline > 1:
            yield error(say.STANDBY_PROMOTED_LATE, timeline=timeline, **values)
        else:
            yield error(say.DATABASE_BEHIND, **values)
    if heads.standing.state is not State.OPEN:
        yield warning(say.INSTANCE_CLOSED, found=heads.standing.state.value)


def examine_broker(faults: Iterable[Fault]) -> Iterator[Diagnosis]:
    """Say which members may do at the broker what they may not here, or the other way round."""
    for fault in faults:
        if fault.what is AccessFault.OPEN:
            yield error(say.BROKER_USER_OPEN, user=fault.user, member=fault.member.uri)
        elif fault.what is AccessFault.DIFFERS:
            yield warning(say.BROKER_USER_DIFFERS, user=fault.user, member=fault.member.uri)


def error(sentence: Sentence, **values: object) -> Diagnosis:
    """Find something that loses records, or keeps them from being published."""
    return Diagnosis(level=Level.ERROR, problem=Problem(sentence=sentence, values=values))


def warning(sentence: Sentence, **values: object) -> Diagnosis:
    """Find something that does so only after something else."""
    return Diagnosis(level=Level.WARNING, problem=Problem(sentence=sentence, values=values))


def _of_sqlite(facts: SqliteFacts) -> Iterator[Diagnosis]:
    if facts.synchronous < SQLITE_FULL:
        yield error(say.SQLITE_NOT_SYNCHRONOUS, found=facts.synchronous)
    if facts.journal_mode != "wal":
        yield error(say.SQLITE_NOT_WAL, found=facts.journal_mode)


def _of_settings(facts: PostgresqlFacts) -> Iterator[Diagnosis]:
    if not facts.fsync:
        yield error(say.FSYNC_OFF)
    if not facts.full_page_writes:
        yield error(say.FULL_PAGE_WRITES_OFF)
    for commit in facts.commits:
        if commit.value == "off":
            yield error(say.COMMIT_NOT_DURABLE, found=commit.value, where=commit.where)
        elif commit.value == "local":
            # Durable here; but a replica that somebody counts on is not waited for.
            found = error if facts.named_standbys else warning
            yield found(say.COMMIT_LOCAL, found=commit.value, where=commit.where)
    if abs(facts.drift) > MOST_DRIFT:
        yield warning(say.CLOCK_DRIFT, seconds=round(facts.drift, 1))


def _of_replicas(facts: PostgresqlFacts) -> Iterator[Diagnosis]:
    if facts.is_standby:
        yield error(say.DATABASE_IS_STANDBY)
        return
    hidden = [replica for replica in facts.replicas if replica.mode is None]
    if hidden:
        yield warning(say.REPLICAS_NOT_SHOWN, count=len(hidden), user=facts.user)
    elif facts.named_standbys and not any(replica.mode in {"sync", "quorum"} for replica in facts.replicas):
        yield error(say.STANDBYS_ABSENT, found=facts.named_standbys)
    late = sorted(replica.name for replica in facts.replicas if replica.mode == "async")
    if late:
        yield warning(say.ASYNCHRONOUS_REPLICAS, found=", ".join(late))


def _of_folder(facts: FolderFacts) -> Iterator[Diagnosis]:
    if facts.file_system in NETWORK:
        yield error(say.NETWORK_FILE_SYSTEM, folder=facts.path, found=facts.file_system)
    elif facts.file_system in VOLATILE:
        yield warning(say.VOLATILE_FILE_SYSTEM, folder=facts.path, found=facts.file_system)
    if facts.free < LITTLE_FREE:
        found = error if facts.free < LEAST_FREE else warning
        yield found(say.DISK_NEARLY_FULL, folder=facts.path, found=facts.free // MEGABYTE)
    if facts.leftovers:
        yield warning(say.PUBLISHER_LEFTOVERS, folder=facts.path, count=facts.leftovers)


def _of_keys(keys: Sequence[KeyFile], owner: int) -> Iterator[Diagnosis]:
    for key in keys:
        if key.mode & ~key.expected_mode & 0o777:
            yield error(
                say.KEY_FILE_EXPOSED, path=key.path, found=f"{key.mode:04o}", expected=f"{key.expected_mode:04o}"
            )
        if key.owner != owner:
            yield error(say.KEY_FILE_OWNER, path=key.path, found=key.owner, expected=owner)
