"""What the platform connects to, and what it does not, whatever an address looks like."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.outbound.guard import AddressRefused, Guard, is_public

PUBLIC = "93.184.215.14"


def guard(*addresses: str, allowed: Sequence[str] = ()) -> Guard:
    return Guard(allowed_hosts=frozenset(allowed), resolve=lambda _host, _port: addresses or [PUBLIC])


def test_a_public_address_is_connected_to_as_it_was_resolved() -> None:
    to = guard(PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c").destination("https://Hooks.example.org/a/b?c=d")
    assert (to.is_encrypted, to.host, to.port, to.path) == (True, "hooks.example.org", 443, "/a/b?c=d")
    assert to.addresses == (PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c")


NOT_PUBLIC = (
    "127.0.0.1", "127.8.8.8", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.0.8", "198.18.0.1", "203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:7f00:1::",
)  # fmt: skip


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_nothing_but_a_public_address_is_connected_to(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(AddressRefused):
        guard(address).destination("https://hooks.example.org/")


@given(st.sampled_from(NOT_PUBLIC), st.integers(0, 2))
def test_one_private_address_among_public_ones_is_a_trap(address: str, place: int) -> None:
    addresses = [PUBLIC, PUBLIC]
    addresses.insert(place, address)
    with pytest.raises(AddressRefused):
        guard(*addresses).destination("https://hooks.example.org/")


@given(st.ip_addresses(v=4))
def test_an_address_wrapped_for_a_translator_is_no_better_than_what_it_wraps(address: ipaddress.IPv4Address) -> None:
    wrapped = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) | int(address))
    assert is_public(str(wrapped)) is is_public(str(address))


BAD_URLS = (
    "http://hooks.example.org/", "ftp://hooks.example.org/", "file:///etc/passwd", "gopher://hooks.example.org/",
    "hooks.example.org", "https://", "https:///path", "https://user:password@hooks.example.org/",
    "//hooks.example.org/",
    "https://hooks.example.org@127.0.0.1/", "https://hooks.example.org\\@127.0.0.1/", "https://hooks.example.org:0/",
    "https://hooks.example.org:99999/", "https://hooks.example.org:x/", "https://hooks.example.org/#fragment",
    "https://hooks.example.org/a b", "https://hooks.example.org/\r\nHost:x", "https://h\u00f4te.example/",
    "https://[fe80::1%25eth0]/", "https://-hooks.example.org/", "https://hooks_.example.org/", "",
)  # fmt: skip


@pytest.mark.parametrize("url", BAD_URLS)
def test_an_address_that_is_no_plain_encrypted_url_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        guard().destination(url)


def test_a_host_that_the_operator_named_may_be_private_and_unencrypted_and_no_other() -> None:
    named = guard("127.0.0.1", allowed=["witness.internal"])
    assert named.destination("http://witness.internal:8463").port == 8463
    with pytest.raises(AddressRefused):
        named.destination("http://other.internal:8463")
    with pytest.raises(AddressRefused):
        named.destination("https://witness.internal.example.org/")


def test_a_name_is_resolved_once_and_the_connection_is_to_what_was_checked() -> None:
    asked = []

    def moving(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    assert Guard(resolve=moving).destination("https://moving.example/").addresses == (PUBLIC,)
    assert asked == ["moving.example"]


@given(st.text(max_size=40))
def test_any_text_is_decided_on(text: str) -> None:
    for url in (text, f"https://{text}", f"https://hooks.example.org{text}"):
        try:
            to = guard().destination(url)
        except AddressRefused:
            continue
        assert to.is_encrypted
        assert to.path.isascii()
        assert to.path.startswith("/")
