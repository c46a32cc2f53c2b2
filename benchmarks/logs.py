"""The log: what admission adds to a bare signature check, how fast tiles are written durably, what a proof costs.

The log of ten million entries is built once, by the publisher's own code and without waiting for the medium, and kept
for later runs: 320 MB of tiles. Its bundles of entries are not written, because no proof reads them.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from builders.instance import ORIGIN, seeded_key
from builders.stored_log import StoredLog, run
from figures import Figures, paired, timed
from filiere_platform.domain.publication import EMPTY_EDGE, LogFile, edge_root, grow, partial_files
from filiere_platform.tiles.folder import TileFolder
from filiere_schemas.provenance.canonical import strict_loads_canonical
from filiere_schemas.provenance.entry import EntryKind, log_entry
from filiere_schemas.provenance.envelope import Envelope, parse_envelope, verify_envelope
from filiere_schemas.provenance.keys import PublicKey
from filiere_schemas.provenance.merkle import inclusion_proof, leaf_hash, verify_inclusion
from filiere_schemas.provenance.tiles import Tile, node_reader
from material import CACHE, MEMBERS, SEED, party_uri

ROUNDS = 11
SAMPLE = 400
BATCH = 256
BATCHES = 60
LARGE = 10_000_000
PROOFS = 300
BUILD_BLOCK = 65_536

MOST_ADMISSION = 1.35  # times a bare signature check
LEAST_THREADS = 1.45  # times one thread, with two
LEAST_TILES = 10_000  # entries a second
MOST_PROOF_MS = 20.0

Result = dict[str, object]
Say = Callable[[str], None]


def compare(envelopes: Sequence[bytes], say: Say) -> Iterator[Result]:
    """Measure all of it; every result says what is claimed of it and whether that was found."""
    sample = envelopes[:SAMPLE]
    say("admission")
    yield _admission(sample)
    yield _threads(sample)
    say("tiles, with fsync")
    yield _tiles()
    say("a log of ten million (built once; later runs find it)")
    yield _proofs(say)


def _admission(sample: Sequence[bytes]) -> Result:
    key, uri = seeded_key(MEMBERS[0]).public, party_uri(MEMBERS[0])
    parsed = [parse_envelope(raw) for raw in sample]

    def admit_all() -> None:
        for raw in sample:
            _admit(raw, key, uri)

    def verify_alone() -> None:
        for envelope in parsed:
            key.verify(envelope.signature, envelope.signing_input)

    admit_all()
    verify_alone()
    pairs = [(timed(admit_all, len(sample)), timed(verify_alone, len(sample))) for _ in range(ROUNDS)]
    # Processor time, pair by pair: what else the machine does falls on both.
    times = statistics.median(mine.cost / bare.cost for mine, bare in pairs)
    result = paired("admit (verify, strict JSON, canonical, leaf) / Ed25519 alone", pairs, unit="events/s")
    return {**result, **_claim(f"at most {MOST_ADMISSION} times", times, holds=times <= MOST_ADMISSION)}


def _threads(sample: Sequence[bytes]) -> Result:
    key, uri = seeded_key(MEMBERS[0]).public, party_uri(MEMBERS[0])

    def admit_by(threads: int) -> Figures:
        def work() -> None:
            for raw in sample:
                _admit(raw, key, uri)

        started = [threading.Thread(target=work) for _ in range(threads)]
        begun, used = time.perf_counter(), time.process_time()
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()
        seconds, count = time.perf_counter() - begun, threads * len(sample)
        cost = (time.process_time() - used) / count * 1e6
        return Figures(rate=count / seconds, microseconds={"call": cost}, count=count, seconds=seconds)

    pairs = [(admit_by(2), admit_by(1)) for _ in range(ROUNDS)]
    times = statistics.median(two.rate / one.rate for two, one in pairs)
    result = paired("admit by two threads / by one", pairs, unit="events/s")
    return {**result, **_claim(f"at least {LEAST_THREADS} times", times, holds=times >= LEAST_THREADS)}


def _admit(raw: bytes, key: PublicKey, uri: str) -> bytes:
    """All that must be known of an event before it may have a place in the log."""
    envelope: Envelope = parse_envelope(raw)
    verify_envelope(envelope, key, issuer=uri, audience=ORIGIN)
    _, is_canonical = strict_loads_canonical(envelope.payload)
    assert is_canonical
    return leaf_hash(log_entry(EntryKind.EVENT, envelope.sha256))


def _tiles() -> Result:
    """Publish batch by batch: gathered, hashed, written, synced, signed, anchored, served; beside plain files."""
    pairs = []
    CACHE.mkdir(parents=True, exist_ok=True)
    for _ in range(3):
        folder = Path(tempfile.mkdtemp(dir=CACHE))
        try:
            pairs.append((_publish_batches(folder / "log"), _write_plainly(folder / "plain")))
        finally:
            shutil.rmtree(folder)
    found = statistics.median(mine.rate for mine, _ in pairs)
    result = paired(f"publish, {BATCH} at a time, with fsync / 5 files of 8 kB, written and synced", pairs, unit="e/s")
    return {**result, **_claim(f"at least {LEAST_TILES:,} entries/s", found, holds=found >= LEAST_TILES)}


def _publish_batches(folder: Path) -> Figures:
    log, files, last = StoredLog(), TileFolder(folder), None
    log.capture(100)  # batches do not end where tiles do
    last = run(log, files)
    seconds = used = 0.0
    for _ in range(BATCHES):
        log.capture(BATCH)
        begun, cpu = time.perf_counter(), time.process_time()
        last = run(log, files, last)
        seconds, used = seconds + time.perf_counter() - begun, used + time.process_time() - cpu
    count = BATCH * BATCHES
    return Figures(rate=count / seconds, microseconds={"entry": used / count * 1e6}, count=count, seconds=seconds)


def _write_plainly(folder: Path) -> Figures:
    """What five synced files a batch cost alone, one after the other: the medium's share."""
    files = TileFolder(folder)
    begun, cpu = time.perf_counter(), time.process_time()
    for batch in range(BATCHES):
        for number in range(5):
            files.write([(f"{batch}-{number}", bytes(8_192))])
    seconds, used, count = time.perf_counter() - begun, time.process_time() - cpu, BATCH * BATCHES
    return Figures(rate=count / seconds, microseconds={"entry": used / count * 1e6}, count=count, seconds=seconds)


def _proofs(say: Say) -> Result:
    folder, root = _large_log(say)
    draw = random.Random(SEED)
    indexes = [draw.randrange(LARGE) for _ in range(PROOFS)]
    read: list[Tile] = []

    def read_tile(tile: Tile) -> bytes:
        read.append(tile)
        return (folder / tile.path).read_bytes()

    times, cpu_times = [], []
    begun, cpu = time.perf_counter(), time.thread_time()
    for index in indexes:
        started, spent = time.perf_counter(), time.thread_time()
        proof = inclusion_proof(index, LARGE, node_reader(LARGE, read_tile))  # nothing is kept between two proofs
        times.append((time.perf_counter() - started) * 1e3)
        cpu_times.append((time.thread_time() - spent) * 1e3)
        verify_inclusion(index=index, size=LARGE, leaf=leaf_hash(_entry(index)), proof=proof, root=root)
    seconds, used = time.perf_counter() - begun, time.thread_time() - cpu
    ours = Figures(
        rate=PROOFS / seconds,
        microseconds={"proof": used / PROOFS * 1e6},
        median_ms=statistics.median(times),
        slow_ms=sorted(times)[PROOFS * 99 // 100],
        count=PROOFS,
        seconds=seconds,
    )
    begun, cpu = time.perf_counter(), time.thread_time()
    for tile in read:
        (folder / tile.path).read_bytes()
    seconds, used = time.perf_counter() - begun, time.thread_time() - cpu
    floor = Figures(rate=PROOFS / seconds, microseconds={"proof": used / PROOFS * 1e6}, count=PROOFS, seconds=seconds)
    result = paired(f"prove and verify any of {LARGE:,} entries / read its tiles", [(ours, floor)], unit="proofs/s")
    # The slowest of all by processor time: how long it waited for a processor says nothing about proofs.
    slowest = max(cpu_times)
    return {**result, **_claim(f"each under {MOST_PROOF_MS:.0f} ms", slowest, holds=slowest < MOST_PROOF_MS)}


def _large_log(say: Say) -> tuple[Path, bytes]:
    """Build the tiles of the large log, or find them; gives their folder and the root."""
    kept = CACHE / f"log-{LARGE}-{SEED}"
    if (kept / "root").exists():
        return kept, (kept / "root").read_bytes()
    shutil.rmtree(kept, ignore_errors=True)
    made: set[Path] = set()
    edge, started = EMPTY_EDGE, time.monotonic()
    for start in range(0, LARGE, BUILD_BLOCK):
        growth = grow(edge, [_entry(index) for index in range(start, min(LARGE, start + BUILD_BLOCK))])
        edge = growth.edge
        _write_tiles(kept, growth.full, made)
    _write_tiles(kept, partial_files(edge), made)
    say(f"built in {time.monotonic() - started:.0f} s")
    (kept / "root").write_bytes(edge_root(edge))
    return kept, edge_root(edge)


def _write_tiles(folder: Path, files: Sequence[LogFile], made: set[Path]) -> None:
    for name, content in files:
        if not name.startswith("tile/entries/"):
            path = folder / name
            if path.parent not in made:
                path.parent.mkdir(parents=True, exist_ok=True)
                made.add(path.parent)
            path.write_bytes(content)


def _entry(index: int) -> bytes:
    return log_entry(EntryKind.EVENT, hashlib.sha256(index.to_bytes(8, "big")).digest())


def _claim(text: str, found: float, *, holds: bool) -> Result:
    return {"claim": {"text": text, "found": round(found, 3), "holds": holds}}
