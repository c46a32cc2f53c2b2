"""Bundles: what `filiere-verify` adds to the bare signature checks of a thousand events, from file to last line."""

from __future__ import annotations

import contextlib
import io
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from builders.bundles import DAIRY, TRUST, SmallLog, a_key
from figures import Figures, paired
from filiere_schemas.provenance.bundle import write_bundle
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import parse_envelope
from filiere_schemas.provenance.trust import write_trust
from filiere_schemas.provenance.verify_cli import verify

EVENTS = 1_000
ROUNDS = 7
MOST = 2.0  # times as long as bare verifications of as many signatures

Result = dict[str, object]


def compare(say: Callable[[str], None]) -> Iterator[Result]:
    """Measure a bundle of a thousand events out of a log of two thousand."""
    say(f"a bundle of {EVENTS} events")
    log, key = SmallLog(), a_key("dairy")
    log.register(DAIRY, key)
    for _ in range(2 * EVENTS):
        log.send(DAIRY, key)
    bundle = log.bundle(without=range(2, 2 * EVENTS + 1, 2))
    raw = write_bundle(bundle)
    envelopes = [parse_envelope(entry.body or b"") for entry in bundle.of_kind(EntryKind.EVENT)]
    with tempfile.TemporaryDirectory() as name:
        lot, trust = Path(name) / "lot.zip", Path(name) / "trust.txt"
        lot.write_bytes(raw)
        trust.write_bytes(write_trust(TRUST))

        def verify_all() -> None:
            with contextlib.redirect_stdout(io.StringIO()):
                assert verify([str(lot), "--trust", str(trust)]) == 0

        def verify_alone() -> None:
            for envelope in envelopes:
                key.public.verify(envelope.signature, envelope.signing_input)

        verify_all()
        pairs = [(_timed(verify_all), _timed(verify_alone)) for _ in range(ROUNDS)]
    times = statistics.median(mine.cost / bare.cost for mine, bare in pairs)
    result = paired(f"filiere-verify of {EVENTS} events / Ed25519 alone", pairs, unit="events/s")
    claim = {"text": f"at most {MOST} times", "found": round(times, 3), "holds": times <= MOST}
    yield {**result, "bytes_per_event": round(len(raw) / EVENTS), "claim": claim}


def _timed(call: Callable[[], None]) -> Figures:
    used, wall = time.thread_time(), time.perf_counter()
    call()
    cost, seconds = (time.thread_time() - used) / EVENTS * 1e6, time.perf_counter() - wall
    return Figures(rate=EVENTS / seconds, microseconds={"call": cost}, count=EVENTS, seconds=seconds)
