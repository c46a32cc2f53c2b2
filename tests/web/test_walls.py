"""What the pages show to whom: sessions that nobody forges, no more than the API would show, headers on every page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from builders.site import CHEESE, DAIRY, RIVAL, SECRET, SHOP, Site
from filiere_platform.domain.session import LIFETIME_SECONDS, seal_session
from filiere_schemas.provenance.trust import Trust
from filiere_schemas.provenance.verify import verify_bundle


@contextmanager
def signed_in(site: Site, uri: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.url, timeout=30) as client:
        answer = client.post("/sign-in", data={"token": site.senders[uri].token})
        assert answer.status_code == 303, answer.text
        yield client


@pytest.mark.parametrize("path", ["/", "/sign-in", "/lot?object=x", "/record/1", "/record/x", "/nothing"])
def test_every_page_forbids_what_it_does_not_need(path: str, site: Site) -> None:
    answer = httpx.get(site.url + path)
    if path == "/nothing":
        assert answer.status_code == 404
        return
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "no-store" in answer.headers["cache-control"]
    assert "<script" not in answer.text
    assert "style=" not in answer.text


def test_a_session_is_a_cookie_that_only_the_instance_can_write(site: Site) -> None:
    answer = httpx.post(f"{site.url}/sign-in", data={"token": site.senders[DAIRY].token})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert site.senders[DAIRY].token not in cookie
    sealed = answer.cookies["filiere_session"]
    prefix, until, mac = sealed.split(".")
    other = site.senders[RIVAL].token.split("_")[1]
    now = int(until) - LIFETIME_SECONDS * 1_000_000
    forgeries = [
        f"{other}.{until}.{mac}",
        f"{prefix}.{int(until) + 1}.{mac}",
        f"{prefix}.{until}.{'0' * 64}",
        seal_session(prefix, secret=b"guess", now=now),
        f"{prefix}.{until}",
        "x" * 5_000,
    ]
    for forged in forgeries:
        refused = httpx.get(site.url, cookies={"filiere_session": forged})
        assert refused.status_code == 401
        assert 'filiere_session=""' in refused.headers["set-cookie"]
    assert httpx.get(site.url, cookies={"filiere_session": sealed}).status_code == 200


def test_a_wrong_token_signs_nobody_in(site: Site) -> None:
    for token in ("", "fil_000000000000_" + "A" * 43, site.senders[DAIRY].token[:-1]):
        refused = httpx.post(f"{site.url}/sign-in", data={"token": token})
        assert refused.status_code == 401
        assert "filiere_session=fil" not in refused.headers.get("set-cookie", "")


def test_another_sites_form_signs_nobody_in(site: Site) -> None:
    data = {"token": site.senders[DAIRY].token}
    refused = httpx.post(f"{site.url}/sign-in", data=data, headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403
    assert httpx.post(f"{site.url}/sign-in", content=b"a" * 10_000).status_code == 413


def test_a_page_shows_no_more_than_the_api_would(site: Site) -> None:
    with signed_in(site, RIVAL) as rival, signed_in(site, SHOP) as shop:
        assert rival.get("/lot", params={"object": SECRET}).status_code == 200
        hidden = shop.get("/lot", params={"object": SECRET})
        never = shop.get("/lot", params={"object": SECRET.replace("SECRET-1", "SECRET-2")})
        assert (hidden.status_code, never.status_code) == (404, 404)
        assert hidden.text.replace("SECRET-1", "") == never.text.replace("SECRET-2", "")
        assert SECRET not in shop.get("/").text
        index = rival.get("/lot.json", params={"object": SECRET}).json()["events"][0]["index"]
        assert rival.get(f"/record/{index}").status_code == 200
        assert shop.get(f"/record/{index}").status_code == 404
    assert httpx.get(f"{site.url}/lot", params={"object": CHEESE}).status_code == 404


def test_the_bundle_of_the_page_holds_offline(site: Site) -> None:
    from filiere_platform import bootstrap

    with bootstrap.open_platform(site.instance.settings) as platform:
        trust: Trust = platform.trust()
    with signed_in(site, SHOP) as shop:
        content = shop.get("/lot.zip", params={"object": CHEESE}).content
    assert len(verify_bundle(content, trust).records) == 5


def test_a_digital_link_of_the_instance_leads_to_the_lot(site: Site) -> None:
    assert httpx.get(f"{site.url}/01/09521234000013/10/F0304").status_code == 404  # nothing of it is public
    with signed_in(site, DAIRY) as dairy:
        assert dairy.get("/01/09521234000013/10/F0304", follow_redirects=True).status_code == 200
        assert dairy.get("/00/395212340000000014", follow_redirects=True).status_code == 200


def test_a_record_that_was_altered_is_shown_as_what_it_is(site: Site) -> None:
    """Last, since it breaks the story."""
    with signed_in(site, DAIRY) as dairy:
        events = dairy.get("/lot.json", params={"object": CHEESE}).json()["events"]
        index = next(event["index"] for event in events if event["bizStep"] == "shipping")
        site.alter(index)
        page = dairy.get("/lot", params={"object": CHEESE, "lang": "fr"}).text
        assert "1 enregistrements sur 5 ne tiennent pas" in page
        assert "ne tient pas" in dairy.get(f"/record/{index}").text
