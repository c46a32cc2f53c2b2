"""Receiving: each event handed over once in order, known by its id after that; a rejected one keeps nobody waiting."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from filiere_connectors.client import ServerAway
from filiere_connectors.handlers import REJECTS, to_command, to_folder, to_function
from filiere_connectors.inbox import Inbox, open_inbox
from filiere_connectors.receiving import Batch, HandlerFailed, Rejected, Wishes, hand_over_again, receive
from filiere_connectors.workspace import WorkspaceProblem

ONCE = Wishes(once=True, patience=0.0)


def event(number: int, **data: Any) -> dict[str, Any]:
    return {"source": "log.example", "id": f"{number}-abc", "data": {"index": number, **data}}


class Stream:
    """A stream that goes on behind a position; what is not acknowledged comes again. `breaks` it once per entry."""

    def __init__(self, *batches: list[dict[str, Any]], breaks: int = 0) -> None:
        self.batches_left = [
            Batch(events=events, tag=number, position=f"p{number}") for number, events in enumerate(batches)
        ]
        self.breaks = breaks
        self.acknowledged: list[object] = []

    def batches(self, position: str) -> Iterator[Batch | None]:
        self.opened_at = position
        for batch in list(self.batches_left):
            if self.breaks:
                self.breaks -= 1
                raise ServerAway([])
            yield batch
        yield None

    def acknowledge(self, batch: Batch) -> None:
        self.acknowledged.append(batch.tag)
        self.batches_left.remove(batch)

    def wait(self, seconds: float) -> None:
        """Time passes at once."""


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    with open_inbox(tmp_path / "state" / "inbox.db") as opened:
        yield opened


def numbers(taken: list[Any]) -> list[int]:
    return [each["data"]["index"] for each in taken]


def test_what_comes_twice_is_handed_over_once_in_the_order_of_the_stream(inbox: Inbox) -> None:
    taken: list[Any] = []
    stream = Stream([event(1), event(2)], [event(2), event(3), event(1)])
    report = receive(stream, inbox, taken.append, wishes=ONCE)
    assert numbers(taken) == [1, 2, 3]
    assert (report.handled, report.known, report.rejected, report.stopped_by) == (3, 2, 0, None)
    assert stream.acknowledged == [0, 1]
    assert inbox.position() == "p1"


def test_a_rejected_event_waits_in_the_inbox_and_its_neighbours_go_on(inbox: Inbox) -> None:
    taken: list[Any] = []

    def handle(each: Any) -> None:
        if each["data"]["index"] == 2:
            raise Rejected("no such product")
        taken.append(each)

    stream = Stream([event(1), event(2), event(3)])
    report = receive(stream, inbox, handle, wishes=ONCE)
    assert (numbers(taken), report.rejected, stream.acknowledged) == ([1, 3], 1, [0])
    (rejected,) = inbox.rejected()
    assert (rejected.reason, rejected.event) == ("no such product", event(2))
    assert receive(Stream([event(2)]), inbox, handle, wishes=ONCE).known == 1
    again = hand_over_again(inbox, taken.append)
    assert (again.handled, numbers(taken), inbox.rejected()) == (1, [1, 3, 2], [])


def test_a_rejected_event_can_be_discarded_with_a_reason(inbox: Inbox) -> None:
    def handle(_: Any) -> None:
        raise Rejected("never")

    receive(Stream([event(1)]), inbox, handle, wishes=ONCE)
    (rejected,) = inbox.rejected()
    assert inbox.discard(rejected.number, "not ours")
    assert not inbox.discard(rejected.number, "not ours")
    assert inbox.rejected() == []
    assert receive(Stream([event(1)]), inbox, handle, wishes=ONCE).known == 1


def test_what_fails_is_offered_again_and_what_follows_waits(inbox: Inbox) -> None:
    taken: list[Any] = []
    fails = [True, True]

    def handle(each: Any) -> None:
        if each["data"]["index"] == 2 and fails:
            fails.pop()
            raise OSError("the ERP is away")
        taken.append(each)

    stream = Stream([event(1), event(2), event(3)])
    gave_up = receive(stream, inbox, handle, wishes=ONCE)
    assert isinstance(gave_up.stopped_by, HandlerFailed)
    assert "the ERP is away" in gave_up.stopped_by.problems[0].message("en")
    assert (numbers(taken), stream.acknowledged) == ([1], [])
    report = receive(stream, inbox, handle, wishes=Wishes(once=True, patience=60.0))
    assert (numbers(taken), stream.acknowledged, report.stopped_by) == ([1, 2, 3], [0], None)


def test_an_interrupted_road_is_taken_again_from_where_the_inbox_is(inbox: Inbox) -> None:
    taken: list[Any] = []
    stream = Stream([event(1)], [event(2)], breaks=1)
    receive(stream, inbox, taken.append, wishes=Wishes(once=True, patience=60.0))
    assert numbers(taken) == [1, 2]
    again = Stream(breaks=0)
    receive(again, inbox, taken.append, wishes=ONCE)
    assert again.opened_at == "p1"
    ended = receive(Stream([event(3)], breaks=5), inbox, taken.append, wishes=ONCE)
    assert isinstance(ended.stopped_by, ServerAway)


def test_told_to_stop_it_ends_between_two_events_and_forgets_none(inbox: Inbox) -> None:
    taken: list[Any] = []
    stream = Stream([event(1), event(2)])
    receive(stream, inbox, taken.append, wishes=Wishes(stop=lambda: len(taken) == 1))
    assert (numbers(taken), stream.acknowledged) == ([1], [])
    receive(stream, inbox, taken.append, wishes=ONCE)
    assert numbers(taken) == [1, 2]


def test_a_record_with_another_digest_is_rejected(inbox: Inbox) -> None:
    taken: list[Any] = []
    whole = event(1, jws="a.b.c", sha256=hashlib.sha256(b"a.b.c").hexdigest())
    altered = event(2, jws="a.b.d", sha256=hashlib.sha256(b"a.b.c").hexdigest())
    receive(Stream([whole, altered, event(3, erased=True)]), inbox, taken.append, wishes=ONCE)
    assert numbers(taken) == [1, 3]
    assert hashlib.sha256(b"a.b.d").hexdigest() in inbox.rejected()[0].reason


def test_a_kill_brings_at_most_the_batch_that_was_under_way_again(tmp_path: Path) -> None:
    class KilledError(BaseException):
        pass

    taken: list[Any] = []

    def handle(each: Any) -> None:
        taken.append(each)
        if len(taken) == 4:
            raise KilledError

    stream = Stream([event(1), event(2)], [event(3), event(4)])
    with open_inbox(tmp_path / "inbox.db") as inbox, pytest.raises(KilledError):
        receive(stream, inbox, handle, wishes=ONCE)
    with open_inbox(tmp_path / "inbox.db") as inbox:
        receive(stream, inbox, taken.append, wishes=ONCE)
    assert numbers(taken) == [1, 2, 3, 4, 4]


def test_an_inbox_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "inbox.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(WorkspaceProblem, match="inbox"), open_inbox(tmp_path / "inbox.db"):
        pass
    sqlite3.connect(tmp_path / "later.db").execute("PRAGMA user_version = 9").connection.close()
    with pytest.raises(WorkspaceProblem, match="9"), open_inbox(tmp_path / "later.db"):
        pass


def test_a_command_takes_rejects_or_fails_by_its_exit(tmp_path: Path) -> None:
    script = tmp_path / "handle.sh"
    script.write_text('cat > "$1"; echo "$FILIERE_EVENT_ID" >> "$1"; echo why >&2; exit "$2"\n')
    taken = tmp_path / "taken"
    to_command(["sh", str(script), str(taken), "0"])(event(1))
    assert taken.read_text().startswith('{"source"')
    assert taken.read_text().endswith("1-abc\n")
    with pytest.raises(Rejected, match="why"):
        to_command(["sh", str(script), str(taken), str(REJECTS)])(event(1))
    with pytest.raises(RuntimeError, match="why"):
        to_command(["sh", str(script), str(taken), "1"])(event(1))


def test_a_folder_has_one_file_per_event_and_a_function_is_found_by_name(tmp_path: Path, monkeypatch) -> None:
    handle = to_folder(tmp_path / "in")
    handle(event(1))
    handle(event(1))
    handle({**event(2), "id": "../../2"})
    assert {path.name for path in (tmp_path / "in").iterdir()} == {"1-abc.json", "______2.json"}
    (tmp_path / "erp_of_ours.py").write_text("TAKEN = []\ndef take(event):\n    TAKEN.append(event)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    to_function("erp_of_ours:take")(event(1))
    for wrong in ("erp_of_ours:TAKEN", "erp_of_ours:none", "no_module:take", "erp_of_ours", ":take"):
        with pytest.raises(WorkspaceProblem):
            to_function(wrong)
