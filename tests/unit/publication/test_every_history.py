"""Whatever happens to processes, disks and databases, in any order: no head that was visible is ever taken back.

A model keeps every head that a reader could have seen or that the anchor holds. A run must sign if and only if the
database still gives all of them.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import independent_log
from builders.stored_log import PUBLIC, StoredLog, run
from filiere_platform.tiles.folder import TileFolder
from filiere_platform.usecases.publish import Published, SigningRefused
from filiere_schemas.provenance.entry import EntryKind, log_entry
from power_cut import FailingDisk, PowerCut

NAMES = {1: EntryKind.EVENT, 2: EntryKind.RECEIPT, 5: EntryKind.KEY}


class Histories(RuleBasedStateMachine):
    @initialize()
    def found(self) -> None:
        self.data = Path(tempfile.mkdtemp(prefix="histories"))
        self.log = StoredLog()
        self.log.capture(230)  # a tile becomes full soon
        self.branch = 0
        self.last: Published | None = None
        self.heads: dict[int, bytes] = {}  # size -> root, as promised

    def teardown(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)

    @rule(count=st.integers(1, 60))
    def capture(self, count: int) -> None:
        self.log.capture(count, branch=f"branch {self.branch}")

    @rule(lost=st.integers(1, 60), more=st.integers(-20, 40))
    def lose_commits(self, lost: int, more: int) -> None:
        """The database is restored, or fails over to a late replica, and captures something else from then on."""
        lost = min(lost, len(self.log.rows))
        del self.log.rows[len(self.log.rows) - lost :]
        self.branch += 1
        self.capture(max(0, lost + more))

    @rule(restarted=st.sampled_from([False, False, True]))
    def publish(self, *, restarted: bool) -> None:
        if restarted:
            self.last = None
        self.run(FailingDisk())

    @rule(cut_at=st.integers(0, 70), seed=st.integers(0, 7))
    def publish_until_the_power_fails(self, cut_at: int, seed: int) -> None:
        disk = FailingDisk(cut_at, seed=seed)
        try:
            self.run(disk)
        except PowerCut:
            # Somebody may have read what was visible at that instant. Nobody reads the anchor: a head that stood there
            # alone and goes with the power was promised to nobody, and is noted only if it is still there afterwards.
            self.note(self.files().read("checkpoint"))
            disk.lose()
            self.last = None

    @precondition(lambda self: self.files().read_anchor() == self.files().read("checkpoint"))
    @rule(copy=st.sampled_from(["log.anchor", "log/checkpoint"]))
    def lose_one_of_the_heads(self, copy: str) -> None:
        """One of the two copies of the greatest head is lost; a publisher that starts finds the other."""
        (self.data / copy).unlink(missing_ok=True)
        self.last = None
        self.run(FailingDisk())

    @rule(choice=st.integers(0, 1_000))
    def lose_a_file(self, choice: int) -> None:
        """A tile or a bundle is lost; a publisher that starts writes it again where it needs it."""
        found = sorted(path for path in (self.data / "log").rglob("*") if path.is_file() and path.name != "checkpoint")
        if found:
            found[choice % len(found)].unlink()
            self.last = None
            self.holed = True

    holed = False

    def run(self, disk: FailingDisk) -> None:
        """One run; it signs exactly where the database gives every head that was promised."""
        self.note_heads()
        keeps_promises = all(self.root(size) == root for size, root in self.heads.items())
        try:
            self.last = run(self.log, TileFolder(self.data, disk=disk), self.last)
        except SigningRefused:
            self.last = None
            assert not keeps_promises, "refused although nothing that was promised is lost"
        else:
            assert keeps_promises, "signed although something that was promised is lost"
            assert self.visible_size() == len(self.log.rows)

    @invariant()
    def what_is_visible_is_readable(self) -> None:
        if hasattr(self, "data"):
            self.note_heads()
            if not self.holed and self.files().read("checkpoint"):
                independent_log.read_log(self.files().read, PUBLIC)

    def note_heads(self) -> None:
        """Keep every head that is visible or anchored now; it may only be one more of the same history."""
        for note in (self.files().read_anchor(), self.files().read("checkpoint")):
            self.note(note)

    def note(self, note: bytes | None) -> None:
        """Keep one head."""
        if note:
            head = independent_log.read_head(note, PUBLIC)
            assert self.heads.setdefault(head.size, head.root) == head.root, "two heads of one size"
            if note == self.files().read("checkpoint"):
                assert head.size >= self.visible_before, "a smaller head is served"
                self.visible_before = head.size

    visible_before = 0

    def visible_size(self) -> int:
        return independent_log.read_head(self.files().read("checkpoint") or b"", PUBLIC).size

    def files(self) -> TileFolder:
        return TileFolder(self.data, disk=FailingDisk())

    def root(self, size: int) -> bytes | None:
        rows = self.log.rows[:size]
        if len(rows) < size:
            return None
        leaves = [hashlib.sha256(b"\x00" + log_entry(NAMES[kind], sha256)).digest() for kind, sha256 in rows]
        return independent_log.tree_root(leaves)


TestHistories = Histories.TestCase
TestHistories.settings = hypothesis.settings(max_examples=100, stateful_step_count=12, deadline=None)
