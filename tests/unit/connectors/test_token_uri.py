"""The address of a key on a token: RFC 7512, and never a PIN."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_connectors.token_uri import InvalidTokenUri, TokenUri

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(
    st.builds(
        TokenUri,
        object=NAMES,
        token=NAMES,
        serial=st.just("") | NAMES,
        id=st.binary(max_size=20),
        module=st.just("") | NAMES,
    )
)
def test_an_address_is_read_as_it_was_written_whatever_its_names(uri: TokenUri) -> None:
    assert TokenUri.parse(str(uri)) == uri


def test_an_address_of_the_standard_is_read() -> None:
    found = TokenUri.parse("pkcs11:token=The%20Software;object=my-key;type=private;id=%69%95?module-path=/lib/x.so")
    assert found == TokenUri(token="The Software", object="my-key", id=b"\x69\x95", module="/lib/x.so")


@pytest.mark.parametrize(
    "text",
    [
        "file:secrets/key.pem",
        "pkcs11:",
        "pkcs11:token=a",
        "pkcs11:object=a",
        "pkcs11:token=a;object=b;object=c",
        "pkcs11:token=a;object=%zz",
        "pkcs11:token=a;object=%ff",
        "pkcs11:token=a;object=b;type=public",
        "pkcs11:token=a;object=b;slot-id=3",
        "pkcs11:token=a;object=b?module-name=x",
    ],
)
def test_an_address_that_names_no_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidTokenUri) as refused:
        TokenUri.parse(text)
    assert refused.value.problems[0].code == "token-uri"


@pytest.mark.parametrize("where", ["?pin-value=271828", "?pin-source=271828", ";pin-value=271828", "?x=271828"])
def test_a_pin_in_an_address_is_refused_and_not_repeated(where: str) -> None:
    with pytest.raises(InvalidTokenUri) as refused:
        TokenUri.parse("pkcs11:token=a;object=b" + where)
    said = [problem.message(language) for problem in refused.value.problems for language in ("fr", "en")]
    assert not any("271828" in each for each in said)
