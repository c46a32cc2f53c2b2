"""The witness as a process: the protocol's statuses, its limits, what its keeper sees."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Thread

import httpx
import pytest

from builders.growing_log import LOG, ORIGIN, GrowingLog
from filiere_schemas.provenance.add_checkpoint import format_request
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.note import VerifierKey, cosigned_at, parse_note
from filiere_witness.folder import WitnessFolder
from filiere_witness.server import WitnessServer
from filiere_witness.witness import Witness
from servers.witness import WitnessProcess

HONEST = GrowingLog()
FORK = GrowingLog(branch="forked", common=20)


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[WitnessProcess]:
    process = WitnessProcess(tmp_path / "w1", "witness.example.net/w1", LOG)
    process.start()
    yield process
    process.stop()


def holds(witness: WitnessProcess, head: bytes, response: httpx.Response) -> bool:
    return response.status_code == 200 and cosigned_at(parse_note(head + response.content), witness.verifier) > 0


def test_each_answer_has_the_status_of_the_protocol(witness: WitnessProcess) -> None:
    assert holds(witness, HONEST.head(30), witness.post(HONEST.request(0, 30)))
    stale = witness.post(HONEST.request(7, 40))
    assert (stale.status_code, stale.content, stale.headers["content-type"]) == (409, b"30\n", "text/x.tlog.size")
    forked = witness.post(FORK.request(30, 30))
    assert (forked.status_code, forked.content, forked.headers["content-type"]) == (409, b"30\n", "text/x.tlog.size")
    assert witness.post(FORK.request(30, 50)).status_code == 422
    assert witness.post(b"old 31\n\n" + HONEST.head(30)).status_code == 400
    assert witness.post(GrowingLog(origin="other.example").request(0, 5)).status_code == 404
    assert witness.post(GrowingLog(key=SigningKey.from_seed(b"s" * 32)).request(0, 5)).status_code == 403
    assert witness.post(b"hello").status_code == 400
    assert "old N" in witness.post(b"hello").text
    assert holds(witness, HONEST.head(50), witness.post(HONEST.request(30, 50)))


def test_evidence_is_shown_to_the_witnesss_keeper(witness: WitnessProcess) -> None:
    def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).with_name("filiere-witness")
        return subprocess.run(
            [program, "--dir", witness.kept.path, *arguments], capture_output=True, text=True, check=False
        )

    assert ask("evidence").returncode == 0
    witness.post(HONEST.request(0, 30))
    witness.post(FORK.request(30, 30))
    shown = ask("evidence", "--json")
    (evidence,) = json.loads(shown.stdout)
    assert (shown.returncode, evidence["kind"], evidence["known"]) == (1, "fork", HONEST.head(30).decode())
    assert evidence["file"] in ask("evidence").stdout
    (log,) = json.loads(ask("show", "--json").stdout)["logs"]
    assert (log["origin"], log["size"], log["keys"]) == (ORIGIN, 30, [str(LOG)])
    assert str(witness.verifier) in ask("show").stdout


def test_a_log_is_told_what_it_signed_last(witness: WitnessProcess) -> None:
    address = f"{witness.url}/checkpoint/{sha256(ORIGIN.encode()).hexdigest()}"
    assert httpx.get(address).status_code == 404
    witness.post(HONEST.request(0, 30))
    assert httpx.get(address).content == HONEST.head(30)


def test_a_log_added_to_a_running_witness_is_known_at_once(witness: WitnessProcess) -> None:
    other = GrowingLog(origin="other.example", key=SigningKey.from_seed(b"o" * 32))
    assert witness.post(other.request(0, 5)).status_code == 404
    witness.kept.add_log(VerifierKey(other.origin, other.key.public))
    assert witness.post(other.request(0, 5)).status_code == 200


def test_racing_requests_never_roll_the_witness_back(witness: WitnessProcess) -> None:
    witness.post(HONEST.request(0, 10))
    with ThreadPoolExecutor(8) as racers:
        answers = list(racers.map(lambda new: (new, witness.post(HONEST.request(10, new))), range(11, 43)))
    won = [new for new, answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert {answer.status_code for _, answer in answers} == {200, 409}
    assert witness.post(HONEST.request(0, 43)).content == b"%d\n" % won[0]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"404"),
        (b"GET /../../etc/passwd HTTP/1.1\r\n\r\n", b"404"),
        (b"GET /checkpoint/../../key.pem HTTP/1.1\r\n\r\n", b"404"),
        (b"POST /elsewhere HTTP/1.1\r\nContent-Length: 0\r\n\r\n", b"404"),
        (b"PUT /add-checkpoint HTTP/1.1\r\nContent-Length: 0\r\n\r\n", b"501"),
        (b"POST /add-checkpoint HTTP/1.1\r\n\r\n", b"411"),
        (b"POST /add-checkpoint HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", b"413"),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"411"),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n", b"413"),
    ],
)
def test_what_is_out_of_bounds_is_refused_before_it_is_read(witness: WitnessProcess, raw: bytes, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", witness.port), timeout=10) as client:
        client.sendall(raw)
        assert client.recv(4096).split(b" ")[1] == status


def test_a_request_that_drips_is_cut_off_and_others_are_served_meanwhile(tmp_path: Path) -> None:
    folder = WitnessFolder.create(tmp_path, "w.example")
    folder.add_log(LOG)
    with WitnessServer(("127.0.0.1", 0), Witness(folder=folder, clock=lambda: 1), seconds=1.0) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            with socket.create_connection(server.server_address[:2], timeout=20) as slow:
                slow.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 100\r\n\r\nold")
                address = f"http://127.0.0.1:{server.server_address[1]}/add-checkpoint"
                assert httpx.post(address, content=HONEST.request(0, 5)).status_code == 200
                assert slow.recv(100) == b""  # after a second, whatever had come by then
        finally:
            server.shutdown()
            thread.join()


def test_evidence_survives_the_witness(witness: WitnessProcess) -> None:
    witness.post(HONEST.request(0, 30))
    witness.post(FORK.request(30, 30))
    witness.kill()
    witness.start()
    assert [evidence["found"] for _, evidence in witness.kept.evidence()] == [FORK.head(30).decode()]
    assert witness.post(format_request(30, [], HONEST.head(30))).status_code == 200
