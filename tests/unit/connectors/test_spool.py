"""The spool loses nothing that it has promised, gives no place of the chain twice, and knows whose it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filiere_connectors.correction import Standing, event_id, standing
from filiere_connectors.spool import Spool, open_spool, read_spool
from filiere_connectors.spool_records import Origin, Said, Settled, Spooled
from filiere_connectors.workspace import WorkspaceProblem
from filiere_schemas.provenance.envelope import FIRST_PREV

ORIGIN = Origin(flow="ventes", source_key='["1"]', file="a.csv", sheet=None, row=2)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path / "spool.db") as opened:
        yield opened


def add(spool: Spool, number: int, origin: Origin = ORIGIN) -> Spooled:
    record = Spooled(
        seq=number, sha256=bytes([number]) * 32, envelope=b"e%d" % number, event_id=f"urn:e:{number}", origin=origin
    )
    spool.add(record, at=number)
    return record


def test_a_transaction_that_fails_leaves_nothing(spool: Spool) -> None:
    def power_cut() -> None:
        with spool.transaction():
            add(spool, 1)
            raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        power_cut()
    assert spool.tail() == (0, 0, FIRST_PREV)
    assert spool.queued(limit=10) == []


def test_a_place_of_the_chain_is_given_once(spool: Spool) -> None:
    with spool.transaction():
        add(spool, 1)
    with pytest.raises(WorkspaceProblem), spool.transaction():
        add(spool, 1)
    assert spool.tail()[:2] == (1, 1)


def test_a_spool_is_one_members_one_keys_and_one_logs(spool: Spool) -> None:
    spool.identify(member="urn:a", kid="k", origin="log")
    spool.identify(member="urn:a", kid="k", origin="log")
    for other in ({"member": "urn:b"}, {"kid": "l"}, {"origin": "gol"}):
        with pytest.raises(WorkspaceProblem) as refused:
            spool.identify(**({"member": "urn:a", "kid": "k", "origin": "log"} | other))
        assert refused.value.problems[0].code == "spool-other-key"


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(WorkspaceProblem), open_spool(path):
        pass
    path.write_bytes(b"not a database at all, but longer than a header of one hundred bytes" * 3)
    for opening in (open_spool, read_spool):
        with pytest.raises(WorkspaceProblem), opening(path):
            pass


def test_a_settled_record_is_settled_once(spool: Spool) -> None:
    """A receipt that comes twice, after a request that was repeated, changes nothing."""
    with spool.transaction():
        add(spool, 1)
    stored = Settled(seq=1, state="stored", log_index=7, kind="event", stored_at=1)
    spool.settle([stored], "receipt", at=1)
    spool.publish([1], size=8, root=b"r")
    spool.settle([stored], "receipt", at=2)
    assert spool.counts() == {"queued": 0, "stored": 0, "published": 1, "refused": 0, "discarded": 0}
    assert spool.last_receipt() == (1, "receipt")


def test_a_refused_record_stays_in_quarantine_until_its_row_speaks_again(spool: Spool) -> None:
    with spool.transaction():
        add(spool, 1)
    problem = {"code": "bad", "message_fr": "non", "message_en": "no"}
    refused = Settled(seq=1, state="refused", log_index=None, kind=None, stored_at=None, problem=problem)
    spool.settle([refused], None, at=1)
    with spool.transaction():
        assert spool.release_mended("ventes", "a.csv", seen=9) == 0
    assert [each.code for each in spool.quarantined()] == ["bad"]
    with spool.transaction():
        spool.release_row(ORIGIN)
    assert spool.quarantined() == []


@settings(max_examples=50)
@given(
    contents=st.lists(st.sampled_from([b"a" * 32, b"b" * 32, b"c" * 32]), min_size=1, max_size=8),
    refusals=st.lists(st.booleans(), min_size=8, max_size=8),
)
def test_a_row_speaks_exactly_when_what_it_says_has_changed(contents: list[bytes], refusals: list[bool]) -> None:
    """Whatever a row says over the years, each change gets an ID of its own, and a return to an old text too."""
    said: Said | None = None
    ids: list[str] = []
    for content, was_refused in zip(contents, refusals, strict=False):
        found = standing(said, content, was_refused=was_refused)
        assert (found is Standing.KNOWN) == (said is not None and said.content == content)
        assert (found is Standing.NEW) == (said is None)
        if found is not Standing.KNOWN:
            revision = 0 if said is None else said.revision + 1
            said = Said(content=content, revision=revision, seq=len(ids) + 1)
            ids.append(event_id(member="urn:m", flow="f", source_key="k", revision=revision, content=content))
    assert len(set(ids)) == len(ids)
