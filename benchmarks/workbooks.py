"""Workbooks: a large xlsx, row by row into signed records in the spool, on one core; beside a plain script.

The plain script is what a programmer would write in an hour: openpyxl's rows, one JSON each, one signature, one INSERT,
one commit at the end. It checks nothing. Each round is a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import openpyxl

from figures import Figures, paired
from material import CACHE, SEED

ROWS = 100_000
ROUNDS = 2
MEMBER = "urn:filiere:party:siret:00001003300017"
HEADERS = ("BL", "Date", "Client", "GTIN", "Lot", "Quantité", "Unité")
FLOW = """
[source]
type = "excel"
path = "../large.xlsx"
key = ["BL"]

[event]
kind = "shipping"
time = {column = "Date", as = "date"}
to = {column = "Client"}

[[event.items]]
gtin = {column = "GTIN"}
lot = {column = "Lot"}
quantity = {column = "Quantité"}
unit = {column = "Unité", table = "units"}

[[event.documents]]
type = "desadv"
id = {column = "BL"}

[tables.units]
"KG" = "KGM"
"""


def compare() -> list[dict[str, object]]:
    """Measure both in turns."""
    book = workbook()
    pairs, kept = [], 0.0
    for _ in range(ROUNDS):
        ours, theirs = _round("connector", book), _round("script", book)
        kept = max(kept, ours.pop("mebibytes"))
        theirs.pop("mebibytes")
        pairs.append((Figures(**ours), Figures(**theirs)))
    return [paired(f"{ROWS:,} xlsx rows spooled ({kept:.0f} MiB)", pairs, unit="rows/s") | {"peak_mib": kept}]


def workbook() -> Path:
    """Write the workbook, or find the one of an earlier run."""
    path = CACHE / f"large-{ROWS}-{SEED}.xlsx"
    if path.exists():
        return path
    draw = random.Random(SEED)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Livraisons")
    sheet.append(HEADERS)
    first = dt.date(2026, 1, 1)
    for number in range(ROWS):
        day = first + dt.timedelta(days=draw.randrange(300))
        amount = draw.randrange(1, 100_000) / 10
        sheet.append((f"BL{number}", day, "00001004100010", 9521234000013, f"F{number // 7:06d}", amount, "KG"))
    CACHE.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    book.save(part)
    part.replace(path)
    return path


def _round(side: str, book: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="filiere-bench-") as folder:
        done = subprocess.run(
            [sys.executable, __file__, side, str(book), folder],
            capture_output=True,
            text=True,
            timeout=900,
            check=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _connector(book: Path, folder: Path) -> int:
    from filiere_connectors.enrolment import make_workspace
    from filiere_connectors.runner import system_clock
    from filiere_connectors.signing_key import make_key
    from filiere_connectors.spool import open_spool
    from filiere_connectors.spooling import Spooling, load_signer
    from filiere_connectors.workspace import write_whole

    workspace = make_workspace(folder, member=MEMBER, url="http://127.0.0.1:9")
    make_key(workspace)
    trust = {"logOrigin": "bench.example/log", "logVerifierKey": "", "receiptKey": {}, "registrarKey": {}}
    write_whole(workspace.trust_path, json.dumps(trust).encode())
    (folder / "large.xlsx").symlink_to(book)
    (folder / "flows" / "large.toml").write_text(FLOW, encoding="utf-8")
    signer = load_signer(workspace)
    with open_spool(workspace.spool_path) as spool:
        spool.identify(member=MEMBER, kid=signer.key.public.thumbprint, origin=signer.origin)
        (flow,) = workspace.flows()
        summary = Spooling(flow, spool, signer, clock=system_clock).run()
        assert summary.quarantined == 0, summary.problems[:3]
        return spool.counts()["queued"]


def _script(book: Path, folder: Path) -> int:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    rows = openpyxl.load_workbook(book, read_only=True).worksheets[0].iter_rows(min_row=2, values_only=True)
    with sqlite3.connect(folder / "script.db") as database:
        database.execute("CREATE TABLE record (seq INTEGER PRIMARY KEY, body BLOB, signature BLOB)")
        for row in rows:
            body = json.dumps(dict(zip(HEADERS, row, strict=True)), default=str).encode()
            database.execute("INSERT INTO record (body, signature) VALUES (?, ?)", (body, key.sign(body)))
        database.commit()
        (count,) = database.execute("SELECT count(*) FROM record").fetchone()
    return int(count)


def main() -> None:
    side, book, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core, as the promise says
    started, used = time.perf_counter(), time.process_time()
    count = {"connector": _connector, "script": _script}[side](book, folder)
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    assert count == ROWS, count
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {"rate": count / seconds, "microseconds": {side: cpu / count * 1e6}, "count": count, "seconds": seconds}
    print(json.dumps({**figures, "mebibytes": peak}))


if __name__ == "__main__":
    main()
