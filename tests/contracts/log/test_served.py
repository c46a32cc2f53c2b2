"""What everybody may read under `/log/`."""

from __future__ import annotations

import gzip
import hashlib

import independent_log
from builders.instance import Instance
from contracts.log.conftest import fill, stored, wait_until_published
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.record import KINDS_BY_CODE
from filiere_schemas.provenance.checkpoint import sign_checkpoint
from filiere_schemas.provenance.entry import log_entry
from filiere_schemas.provenance.merkle import EMPTY_ROOT
from filiere_schemas.provenance.statements import read_key_registration
from filiere_schemas.provenance.tiles import decode_entries

NOT_SERVED = (
    "tile/0/001",  # beyond the head
    "tile/1/000.p/1",
    "tile/0/000.p/200",
    "tile/entries/001",
    "tile/0/0",  # other spellings
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/00/000",
    "tile/64/000",
    "tile/-1/000",
    "tile/0/x000/000",
    "tile/entries/000.p/01",
    "tile/0/../../log.anchor",  # elsewhere
    "tile/0/%2e%2e/%2e%2e/%2e%2e/log.anchor",
    "tile/entries/..%2f..%2f..%2flog.anchor",
    "tile/",
)


def fetch(instance: Instance) -> independent_log.Fetch:
    """Read log files as a stranger does: over HTTP, without a credential."""

    def read(name: str) -> bytes | None:
        response = instance.client.get(f"/log/{name}", headers={"Accept-Encoding": "identity"})
        assert response.status_code in {200, 404}
        return response.content if response.status_code == 200 else None

    return read


def public_key(instance: Instance) -> bytes:
    return instance.platform.key(Duty.LOG).public.raw


def test_a_stranger_finds_the_digest_of_every_record_under_the_signed_root(instance: Instance) -> None:
    fill(instance)
    size = wait_until_published(instance)
    head, entries = independent_log.read_log(fetch(instance), public_key(instance))
    assert head.origin == instance.platform.instance.origin
    assert head.size == size
    with instance.platform.database.unit_of_work() as unit:
        records = list(unit.log.records(0, size))
    assert {KINDS_BY_CODE[record.kind] for record in records} == {"event", "receipt", "refused", "void", "key"}
    assert entries == [
        log_entry(KINDS_BY_CODE[record.kind], hashlib.sha256(record.body or b"").digest()) for record in records
    ]


def test_tiles_may_be_cached_for_ever_and_the_checkpoint_hardly(instance: Instance) -> None:
    instance.admit("dairy")
    wait_until_published(instance)
    checkpoint = instance.client.get("/log/checkpoint")
    assert checkpoint.headers["content-type"] == "text/plain; charset=utf-8"
    assert checkpoint.headers["cache-control"] == "public, max-age=1"
    for path in ("/log/tile/0/000.p/1", "/log/tile/entries/000.p/1"):
        tile = instance.client.get(path)
        assert tile.headers["content-type"] == "application/octet-stream"
        assert "immutable" in tile.headers["cache-control"]


def test_bundles_are_compressed_for_whoever_accepts_it(instance: Instance) -> None:
    instance.admit("dairy")
    wait_until_published(instance)
    path = "/log/tile/entries/000.p/1"
    plain = instance.client.get(path, headers={"Accept-Encoding": "identity"})
    with instance.client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as compressed:
        assert compressed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(b"".join(compressed.iter_raw())) == plain.content
    assert "content-encoding" not in plain.headers
    assert len(decode_entries(plain.content)) == 1


def test_any_width_under_the_head_is_answered_even_after_the_full_tile_replaced_it(instance: Instance) -> None:
    fill(instance)
    wait_until_published(instance)
    read = fetch(instance)
    full, bundle = read("tile/0/000") or b"", read("tile/entries/000") or b""
    assert (len(full), len(decode_entries(bundle))) == (8192, 256)
    for width in (1, 100, 255):
        assert read(f"tile/0/000.p/{width}") == full[: 32 * width]
        assert decode_entries(read(f"tile/entries/000.p/{width}") or b"") == decode_entries(bundle)[:width]


def test_only_what_the_signed_head_covers_is_served_and_under_one_name(instance: Instance) -> None:
    instance.admit("dairy")
    wait_until_published(instance)
    assert instance.client.get("/log/tile/0/000.p/1").status_code == 200
    for path in NOT_SERVED:
        response = instance.client.get(f"/log/{path}")
        assert (response.status_code, response.json()["code"]) == (404, "not-found"), path


def test_files_that_no_signed_head_covers_yet_are_not_served(instance: Instance) -> None:
    instance.admit("dairy")
    size = wait_until_published(instance)
    instance.platform.files.write(
        [(f"tile/0/000.p/{size + 1}", bytes(32 * (size + 1)))]
    )  # as a run leaves it that was cut short
    assert instance.client.get(f"/log/tile/0/000.p/{size + 1}").status_code == 404
    assert instance.client.get(f"/log/tile/0/000.p/{size}").status_code == 200


def test_a_member_sees_any_key_that_was_enrolled_in_its_name(instance: Instance) -> None:
    dairy, shop = instance.admit("dairy"), instance.admit("shop")
    wait_until_published(instance)
    keys = instance.client.get("/log/keys/").json()["keys"]
    assert [(key["iss"], key["kid"], key["op"], key["published"]) for key in keys] == [
        (member.uri, member.key.public.thumbprint, "register", True) for member in (dairy, shop)
    ]
    _, entries = independent_log.read_log(fetch(instance), public_key(instance))
    registrar = instance.platform.key(Duty.REGISTRAR).public
    for key in keys:
        statement = key["statement"].encode()
        assert key["sha256"] == hashlib.sha256(statement).hexdigest()
        assert key["sha256"].encode() in entries[key["index"]]
        registration = read_key_registration(statement, registrar, origin=instance.platform.instance.origin)
        assert registration.public.thumbprint == key["kid"]
    assert instance.client.get(f"/log/keys/{keys[1]['kid']}").json()["keys"] == keys[1:]
    assert instance.client.get("/log/keys/unknown").status_code == 404


def test_a_key_is_listed_from_its_commit_on_and_marked_published_once_a_head_covers_it(instance: Instance) -> None:
    instance.admit("dairy")
    wait_until_published(instance)
    instance.platform.files.write([("checkpoint", _head_before_everything(instance))])
    assert [key["published"] for key in instance.client.get("/log/keys/").json()["keys"]] == [False]
    assert stored(instance) == 1


def _head_before_everything(instance: Instance) -> bytes:
    return sign_checkpoint(instance.platform.instance.origin, 0, EMPTY_ROOT, instance.platform.key(Duty.LOG))
