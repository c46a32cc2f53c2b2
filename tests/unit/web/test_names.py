"""How pages name objects."""

from __future__ import annotations

import pytest

from filiere_platform.web.names import whole_name
from filiere_schemas.identifiers import canonical_key


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("urn:epc:class:lgtin:9521234.000001.F0304", "09521234000013 F0304"),
        ("urn:epc:id:sgtin:9521234.000001.7%2F8", "09521234000013 7/8"),
        ("urn:filiere:lot:siret:00001003300017:TOMME:F0304", "TOMME F0304"),
        ("urn:epc:id:sscc:9521234.0000000018", "SSCC 095212340000000181"),
        ("urn:example:thing:1", "1"),
    ],
)
def test_the_whole_name_of_an_object_says_what_it_is_of(uri: str, name: str) -> None:
    assert whole_name(canonical_key(uri)) == name


def test_two_products_of_one_lot_number_are_told_apart() -> None:
    one, other = (canonical_key(f"urn:epc:class:lgtin:9521234.00000{n}.F0304") for n in (1, 2))
    assert whole_name(one) != whole_name(other)
