"""Envelopes made and read by a JWS library of other hands, so that our code is not its own only reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey

from builders.envelopes import ISSUER, ORIGIN, PAYLOAD, a_header, an_envelope
from filiere_schemas.provenance.envelope import parse_envelope, verify_envelope
from filiere_schemas.provenance.jws import InvalidJws
from filiere_schemas.provenance.keys import Algorithm, PublicKey, SigningKey

ALGORITHMS = ["Ed25519", "EdDSA", "ES256"]
# Header members of ours that the library does not know, and the algorithms that it does not recommend by default.
REGISTRY = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)


def foreign_key(alg: str) -> OKPKey | ECKey:
    return ECKey.generate_key("P-256") if alg == "ES256" else OKPKey.generate_key("Ed25519")


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("alg", ALGORITHMS)
@given(payload=st.binary(max_size=200))
def test_an_envelope_signed_elsewhere_is_admitted(alg: str, payload: bytes) -> None:
    foreign = foreign_key(alg)
    public = PublicKey.from_jwk(foreign.as_dict(private=False))
    assert public.thumbprint == foreign.thumbprint()
    header = a_header(alg=alg, kid=foreign.thumbprint())
    compact = jws.serialize_compact(header, payload, foreign, registry=REGISTRY).encode()
    envelope = parse_envelope(compact)
    verify_envelope(envelope, public, issuer=ISSUER, audience=ORIGIN)
    assert envelope.payload == payload


@pytest.mark.parametrize("alg", Algorithm)
@given(payload=st.binary(max_size=200))
def test_our_envelope_is_verified_elsewhere(alg: Algorithm, payload: bytes) -> None:
    key = SigningKey.generate(alg)
    importer = ECKey if alg is Algorithm.ES256 else OKPKey
    foreign = importer.import_key(dict(key.public.jwk))
    read = jws.deserialize_compact(an_envelope(payload, key=key), foreign, registry=REGISTRY)
    assert read.payload == payload
    assert read.headers()["kid"] == foreign.thumbprint()


@pytest.mark.parametrize("alg", Algorithm)
def test_a_key_file_written_elsewhere_is_read(alg: Algorithm) -> None:
    foreign = foreign_key(alg.value)
    key = SigningKey.from_pem(foreign.as_pem(private=True))
    assert key.public.thumbprint == foreign.thumbprint()
    importer = ECKey if alg is Algorithm.ES256 else OKPKey
    assert importer.import_key(key.to_pem()).thumbprint() == foreign.thumbprint()


def test_a_foreign_jws_of_another_typ_is_refused() -> None:
    foreign = foreign_key("Ed25519")
    header = a_header(alg="Ed25519", kid=foreign.thumbprint(), typ="JWT")
    with pytest.raises(InvalidJws):
        parse_envelope(jws.serialize_compact(header, PAYLOAD, foreign, registry=REGISTRY).encode())
