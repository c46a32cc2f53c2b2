"""Who the instance is, and what it does when a key of its own is kept elsewhere."""

from __future__ import annotations

from pathlib import Path

from builders.instance import Instance, found, open_instance, seeded_key
from filiere_platform import bootstrap
from filiere_platform.blobs.key_files import Duty
from filiere_platform.settings import read_settings
from filiere_platform.usecases.members import add_member, create_enrolment_token
from filiere_schemas.provenance.keys import PublicKey
from filiere_schemas.provenance.note import VerifierKey

DAIRY = "urn:filiere:party:siret:00001003300017"


def test_the_instance_names_the_keys_under_which_it_signs(instance: Instance) -> None:
    shown = instance.client.get("/api/v1/instance").json()
    assert shown["logOrigin"] == instance.platform.instance.origin
    assert VerifierKey.parse(shown["logVerifierKey"]).public == instance.platform.key(Duty.LOG).public
    assert PublicKey.from_jwk(shown["receiptKey"]) == instance.platform.key(Duty.RECEIPT).public
    assert "d" not in shown["receiptKey"]


def test_an_instance_that_knows_no_registrar_enrols_nobody_and_does_everything_else(tmp_path: Path) -> None:
    settings = read_settings({}, data_dir=tmp_path / "data")
    found(settings)
    for name in ("registrar.pem", "registrar.pub.json"):
        (settings.keys_dir / name).rename(tmp_path / name)
    with bootstrap.open_database(settings) as database, database.unit_of_work() as uow:
        add_member(uow, uri=DAIRY, name="Laiterie")
        token = create_enrolment_token(uow, uri=DAIRY, now=bootstrap.system_clock())
    with open_instance(tmp_path, is_founded=True) as instance:
        refused = instance.enrol(DAIRY, seeded_key("dairy"), token)
        assert (refused.status_code, refused.json()["code"]) == (503, "registrar-offline")
        assert instance.client.get("/api/v1/instance").json()["registrarKey"] is None
        assert instance.client.get("/readyz").status_code == 200
