"""An instance under a policy: what its operator sees while witnesses are awaited, and what it publishes then."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from builders.events import an_object_event
from builders.instance import open_instance
from filiere_platform.cli.main import filiere
from filiere_schemas.provenance.note import VerifierKey
from filiere_schemas.provenance.policy import verify_note
from filiere_schemas.provenance.trust import read_trust, write_trust
from servers.witness import WitnessProcess


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def written_policy(folder: Path, witnesses: list[WitnessProcess], *log_lines: str) -> Path:
    lines = [f"witness {n} {witness.verifier} {witness.url}" for n, witness in zip("abc", witnesses, strict=True)]
    path = folder / "policy"
    path.write_text("\n".join([*log_lines, *lines, "group three 2 a b c", "quorum three"]) + "\n")
    return path


def test_publication_waits_for_witnesses_and_says_so_while_capture_goes_on(tmp_path: Path) -> None:
    witnesses = [WitnessProcess(tmp_path / f"w{number}", f"w{number}.example.net") for number in (1, 2, 3)]
    for witness in witnesses[:2]:  # the third is never there
        witness.start()
    policy = written_policy(tmp_path, witnesses)
    try:
        with open_instance(tmp_path, witness_policy=str(policy)) as instance:
            # Nobody has told the witnesses of the log yet: they answer 404.
            sender = instance.admit("a dairy")
            began = time.monotonic()
            assert sender.send(sender.sign(an_object_event())).status_code == 200
            assert time.monotonic() - began < 5
            wait_until(lambda: instance.client.get("/readyz").status_code == 503)
            waits = instance.client.get("/readyz").json()["checks"]["publisher"]
            assert all(f"{name} (" in waits for name in "abc")
            health = CliRunner().invoke(
                filiere, ["health", "--json"], env={"FILIERE_DATA_DIR": str(tmp_path / "data"), "FILIERE_LANG": "en"}
            )
            shown = json.loads(health.stdout)
            assert (shown["published"], shown["publication_waits"]["en"]) == (0, waits)
            assert instance.client.get("/log/checkpoint").status_code == 404
            # Two of three learn of it: what is stored is published, the same records under the same indexes.
            stored = instance.log_size()
            log_key: VerifierKey = instance.platform.log_verifiers()[0]
            for witness in witnesses[:2]:
                witness.kept.add_log(log_key)
            wait_until(lambda: instance.client.get("/readyz").status_code == 200)
            trust = read_trust(write_trust(instance.platform.trust()))
            seen = verify_note(instance.client.get("/log/checkpoint").content, trust.policy)
            assert (seen.checkpoint.size, set(seen.seen_at)) == (stored, {"a", "b"})
            # One of them goes: nothing more is served until it is back.
            witnesses[1].kill()
            assert sender.send(sender.sign(an_object_event())).status_code == 200
            wait_until(lambda: instance.client.get("/readyz").status_code == 503)
            served = instance.client.get("/log/checkpoint").content
            assert verify_note(served, trust.policy).checkpoint.size == stored
            witnesses[1].start()
            wait_until(lambda: instance.client.get("/readyz").status_code == 200)
            served = instance.client.get("/log/checkpoint").content
            assert verify_note(served, trust.policy).checkpoint.size == instance.log_size() > stored
    finally:
        for witness in witnesses:
            witness.stop()


@pytest.mark.parametrize("text", [None, "quorum nobody\n", "witness a x\nquorum a\n"])
def test_a_policy_that_cannot_be_used_keeps_the_publisher_from_starting(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "policy"
    if text is not None:
        path.write_text(text)
    environment = {"FILIERE_DATA_DIR": str(tmp_path / "data"), "FILIERE_LANG": "en"}
    assert CliRunner().invoke(filiere, ["init"], env=environment).exit_code == 0
    done = CliRunner().invoke(filiere, ["worker"], env={**environment, "FILIERE_WITNESS_POLICY": str(path)})
    assert done.exit_code != 0
    assert "polic" in (done.output + str(done.exception))
