"""Who a request is from, as a server believes it: its proxies are listened to, strangers are not."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from filiere_platform import bootstrap
from filiere_platform.domain.callers import AT_ONCE_SECONDS
from filiere_platform.settings import SettingsError, read_settings
from servers.filiere import Filiere

PER_SECOND = 0.2  # so slow that nothing comes back while a test runs
AT_ONCE = round(PER_SECOND * AT_ONCE_SECONDS)
PROXY, STRANGER = "127.0.0.1", "127.0.0.2"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filiere]:
    folder = tmp_path_factory.mktemp("proxied")
    environment = {"FILIERE_DATA_DIR": str(folder / "data"), "FILIERE_REQUESTS_PER_ADDRESS": str(PER_SECOND)}
    bootstrap.found(
        read_settings(environment, log_origin="log.test.example/filiere"), name="Test", now=bootstrap.system_clock()
    )
    # What the web server itself would read says nothing here: the one setting does.
    started = Filiere("serve", {**environment, "FORWARDED_ALLOW_IPS": "*"}, folder=folder)
    started.start()
    yield started
    started.stop()


def statuses(server: Filiere, source: str, claims: list[str]) -> list[int]:
    with httpx.Client(base_url=server.url, transport=httpx.HTTPTransport(local_address=source)) as client:
        return [client.get("/api/v1/instance", headers={"X-Forwarded-For": claim}).status_code for claim in claims]


def test_a_stranger_is_not_believed_about_where_he_is(server: Filiere) -> None:
    claims = [f"198.51.100.{number}" for number in range(AT_ONCE + 2)]
    assert statuses(server, STRANGER, claims) == [200] * AT_ONCE + [429] * 2


def test_a_proxy_is_believed_and_only_about_its_own_neighbour(server: Filiere) -> None:
    assert statuses(server, PROXY, [f"203.0.113.{number}" for number in range(AT_ONCE + 2)]) == [200] * (AT_ONCE + 2)
    # What a client wrote himself stands before what the proxy added.
    forged = [f"192.0.2.{number}, 203.0.113.77" for number in range(AT_ONCE + 1)]
    assert statuses(server, PROXY, forged) == [200] * AT_ONCE + [429]


@pytest.mark.parametrize("everybody", ["*", "0.0.0.0/0", "::/0", "proxy.example.org"])
def test_nobody_is_believed_who_is_not_named_by_address(everybody: str) -> None:
    with pytest.raises(SettingsError, match="FILIERE_TRUSTED_PROXIES"):
        read_settings({"FILIERE_TRUSTED_PROXIES": everybody})


def test_a_network_of_proxies_is_named_as_the_web_server_reads_it() -> None:
    settings = read_settings({"FILIERE_TRUSTED_PROXIES": " 127.0.0.1, 172.18.0.1/16,::1 "})
    assert settings.trusted_proxies == "127.0.0.1,172.18.0.0/16,::1"
    assert read_settings({"FILIERE_TRUSTED_PROXIES": ""}).trusted_proxies == ""
