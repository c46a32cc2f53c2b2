"""kill -9 of a witness before every third line of its own that it runs to cosign a head: it never takes a word back."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx

from builders.growing_log import LOG, ORIGIN, GrowingLog
from filiere_schemas.provenance.checkpoint import parse_checkpoint_text
from filiere_schemas.provenance.note import cosigned_at, parse_note
from filiere_witness.folder import WitnessFolder
from filiere_witness.witness import Witness
from servers.witness import WitnessProcess

HONEST = GrowingLog()
FORK = GrowingLog(branch="forked", common=20)


def holds(witness: WitnessProcess, head: bytes, response: httpx.Response) -> bool:
    return response.status_code == 200 and cosigned_at(parse_note(head + response.content), witness.verifier) > 0


def lines_of_one_request(tmp_path: Path) -> int:
    """How many lines of its own a witness runs to cosign one head."""
    folder = WitnessFolder.create(tmp_path, "w.example")
    folder.add_log(LOG)
    passed = 0

    def trace(frame: object, event: str, _argument: object) -> object:
        nonlocal passed
        if "filiere_witness" not in frame.f_code.co_filename:  # type: ignore[attr-defined]
            return None
        passed += event == "line"
        return trace

    witness = Witness(folder=folder, clock=lambda: 1)
    request = HONEST.request(0, 5)
    earlier = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    witness.add_checkpoint(request)
    sys.settrace(earlier)
    return passed


STEP = 3  # lines between two kills: forty kills in all


def test_a_witness_killed_at_any_line_never_cosigns_a_smaller_or_a_forked_head(tmp_path: Path) -> None:
    last = lines_of_one_request(tmp_path / "count")
    witness = WitnessProcess(tmp_path / "w1", "witness.example.net/w1", LOG)
    cosigned, died, size = 0, 0, 40
    for crash_at in range(1, last + 40, STEP):  # beyond: the lines that write the answer
        witness.crash_at = crash_at
        witness.start()
        try:
            answer = witness.post(HONEST.request(cosigned, size))
        except httpx.HTTPError:
            died += 1
        else:
            assert holds(witness, HONEST.head(size), answer)
            cosigned = size
        witness.kill()
        # What it remembers is what it remembered, or what it was asked: never less than what it cosigned.
        kept = witness.kept.read_head(ORIGIN)
        known = parse_checkpoint_text(parse_note(kept).text).size if kept else 0
        assert kept is None or kept == HONEST.head(known)
        assert known in {cosigned, size}
        witness.crash_at = 0
        witness.start()
        smaller, forked = HONEST.request(0, max(known - 1, 0)), FORK.request(known, known)
        if known:
            assert witness.post(smaller).status_code == 409
            assert witness.post(forked).status_code == 409
            assert witness.post(FORK.request(known, known + 1)).status_code == 422
        assert holds(witness, HONEST.head(size), witness.post(HONEST.request(known, size)))
        witness.stop()
        cosigned, size = size, size + 1
    assert died >= last // STEP
