from __future__ import annotations

import pytest

from filiere_schemas.identifiers import Identity, InvalidIdentifier, Kind, canonical_key, identify

LOT = "https://id.gs1.org/01/04012345123456/10/998877"


@pytest.mark.parametrize(
    "form",
    [
        "urn:epc:class:lgtin:4012345.012345.998877",
        "URN:EPC:class:lgtin:4012345.012345.998877",
        LOT,
        LOT + "/",
        LOT + "?17=271231&linkType=all",
        "http://id.gs1.org/01/04012345123456/10/998877",
        "HTTPS://ID.GS1.ORG/01/04012345123456/10/998877",
        "https://id.gs1.org/01/4012345123456/10/998877",
        "https://id.gs1.org/gtin/04012345123456/lot/998877",
        "https://id.gs1.org/01/04012345123456/22/2A/10/998877",
        "https://id.gs1.org/01/04012345123456/10/%39%398877",
        "https://brand.example/01/04012345123456/10/998877",
        "https://brand.example/fr/produits/01/4012345123456/10/998877?x=1",
        "https://brand.example:8443/gtin/4012345123456/lot/998877",
    ],
)
def test_every_form_of_a_lot_shares_its_key(form: str) -> None:
    assert identify(form) == Identity(LOT, Kind.LOT, "lgtin")


def test_a_wrong_check_digit_is_refused_on_the_gs1_domain_and_opaque_elsewhere() -> None:
    with pytest.raises(InvalidIdentifier, match="check digit should be 6, found 7"):
        identify("https://id.gs1.org/01/04012345123457/10/998877")
    elsewhere = "https://brand.example/01/04012345123457/10/998877"
    assert identify(elsewhere) == Identity(elsewhere, Kind.OTHER, "https")


@pytest.mark.parametrize(
    "text", ["", "LOT-12", "urn:", "urn:epc:id:sgtin:1.2.3", "https://a b", "urn:x:a\u200bb", "C:\\lots"]
)
def test_what_is_no_uri_or_a_malformed_epc_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        canonical_key(text)
