"""What a member is told of its keys' chains, and nobody else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from builders.chained_log import a_chain
from builders.instance import Instance, Sender, open_instance
from conftest import Backend
from filiere_platform.cli.main import filiere
from filiere_schemas.provenance.envelope import digest_of

PATIENCE_SECONDS = 20


@pytest.fixture
def impatient(backend: Backend) -> Iterator[Instance]:
    """An instance that tells a gap at once."""
    with open_instance(backend.folder, database_url=backend.database_url, chain_grace_hours=0) as opened:
        yield opened


def followed(sender: Sender, *, kid: str = "") -> dict[str, Any]:
    """A key's chain, once everything that is stored was followed."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    kid = kid or sender.key.public.thumbprint
    while True:
        answer = sender.get(f"/api/v1/keys/{kid}/chain")
        assert answer.status_code == 200, answer.text
        chain: dict[str, Any] = answer.json()
        metrics = sender.client.get("/metrics").text
        if "filiere_chains_lag_records 0.0" in metrics:
            return chain if chain["readTo"] else followed(sender, kid=kid)
        assert time.monotonic() < deadline, chain
        time.sleep(0.05)


def schema_of(instance: Instance, name: str) -> dict[str, Any]:
    document = instance.client.get("/api/v1/openapi.json").json()
    return {"$ref": f"#/components/schemas/{name}", "components": document["components"]}


def test_a_member_sees_its_chain_and_what_is_missing(impatient: Instance) -> None:
    sender = impatient.admit("Laiterie")
    records = a_chain(sender, 14)
    assert sender.send(*records[:11], records[13]).status_code == 200
    followed(sender)
    chain = followed(sender)
    assert [(run["firstSeq"], run["lastSeq"]) for run in chain["runs"]] == [(1, 11), (14, 14)]
    assert chain["runs"][0]["lastSha256"] == digest_of(records[10]).hex()
    assert chain["missing"] == [{"firstSeq": 12, "lastSeq": 13}]
    assert (chain["forks"], chain["isWhole"]) == ([], True)
    jsonschema.validate(chain, schema_of(impatient, "ChainAnswer"))


def test_a_chain_is_its_members_business(impatient: Instance) -> None:
    sender, other = impatient.admit("Laiterie"), impatient.admit("Fromagerie")
    path = f"/api/v1/keys/{sender.key.public.thumbprint}/chain"
    assert impatient.client.get(path).status_code == 401
    assert other.get(path).status_code == 404
    assert other.get("/api/v1/keys/unknown/chain").status_code == 404
    assert sender.get(path).json()["runs"] == []


def test_findings_are_told_to_the_member_and_to_the_operator(
    impatient: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, other = impatient.admit("Laiterie"), impatient.admit("Fromagerie")
    records = a_chain(sender, 6)
    sender.send(*records[::2])
    followed(sender)
    answer = sender.get("/api/v1/findings", limit=1).json()
    jsonschema.validate(answer, schema_of(impatient, "FindingsAnswer"))
    (gap,) = answer["findings"]
    assert (gap["rule"], gap["low"], gap["high"], gap["state"]) == ("chain-gap", 2, 2, "open")
    rest = sender.get("/api/v1/findings", after=answer["nextAfter"]).json()
    assert [(each["low"], each["state"]) for each in rest["findings"]] == [(4, "open")]
    assert rest["nextAfter"] is None
    assert other.get("/api/v1/findings").json() == {"findings": [], "nextAfter": None}
    assert impatient.client.get("/api/v1/findings").status_code == 401
    assert 'filiere_findings_open{rule="chain-gap"} 2.0' in impatient.client.get("/metrics").text

    settings = impatient.platform.settings
    monkeypatch.setenv("FILIERE_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("FILIERE_DATABASE_URL", settings.database_url)
    listed = CliRunner().invoke(filiere, ["finding", "list", "--state", "open"])
    assert listed.exit_code == 0, listed.output
    assert len(listed.output.splitlines()) == 2
    assert sender.key.public.thumbprint in listed.output

    sender.send(records[1])
    followed(sender)
    states = {each["low"]: each["state"] for each in sender.get("/api/v1/findings").json()["findings"]}
    assert states == {2: "closed", 4: "open"}
    assert [each["low"] for each in sender.get("/api/v1/findings", state="closed").json()["findings"]] == [2]
    # Another process follows the chains here, so that they are not derived again under its hands.
    assert CliRunner().invoke(filiere, ["chains", "rebuild"]).exit_code == 1
    # With another grace period, other findings follow from the same log: fsck says so, and that a rebuild mends it.
    assert "finding-differs" in CliRunner().invoke(filiere, ["fsck", "--deep"]).output
    monkeypatch.setenv("FILIERE_CHAIN_GRACE_HOURS", "0")
    assert CliRunner().invoke(filiere, ["fsck", "--deep"]).exit_code == 0
