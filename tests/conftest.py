"""What every suite shares: services, databases, the two backends, closed sockets for units, no skip in CI."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import hypothesis
import pytest
import pytest_socket

import servers
import services

TESTS = Path(__file__).resolve().parent
UNITS = TESTS / "unit"
NEEDING = {
    "postgresql": {"postgresql_url", "create_database", "own_postgresql"},
    "rabbitmq": {"rabbitmq_url", "own_rabbitmq"},
}

# Two busy cores make time a bad oracle for a property; CI explores the same examples every time, developers new ones.
hypothesis.settings.register_profile("developer", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "developer")


@dataclass(frozen=True, kw_only=True)
class Backend:
    """One column of the storage table in design: where an instance under test keeps its records and its bus.

    `database_url` is a new, empty database, plain `sqlite:///...` or `postgresql://...`; `broker_url` is None where
    the bus is in-process; `prefix` keeps this test's exchanges and queues apart from everybody else's.
    """

    name: Literal["embedded", "production"]
    database_url: str
    broker_url: str | None
    prefix: str
    folder: Path


@pytest.fixture(autouse=True)
def _units_open_no_socket(request: pytest.FixtureRequest) -> Iterator[None]:
    if UNITS not in request.path.parents:
        yield
        return
    # asyncio wakes its loop through a socket pair, which never leaves the process.
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server's maintenance database; tests create databases of their own beside it."""
    yield from _provided("postgresql")


@pytest.fixture(scope="session")
def rabbitmq_url() -> Iterator[str]:
    """A RabbitMQ broker; tests name their exchanges and queues with `bus_prefix`."""
    yield from _provided("rabbitmq")


@pytest.fixture
def create_database(postgresql_url: str) -> Iterator[Callable[..., str]]:
    """Create databases, empty or cloned from a template; each is dropped after the test."""
    created: list[str] = []

    def create(template: str | None = None) -> str:
        created.append(services.create_database(postgresql_url, template=template))
        return created[-1]

    yield create
    for url in created:
        services.drop_database(url)


@pytest.fixture
def bus_prefix() -> str:
    """A prefix for exchange and queue names that no other test uses."""
    return f"t{os.getpid()}-{secrets.token_hex(4)}."


@pytest.fixture(
    params=[
        "embedded",
        pytest.param("production", marks=(pytest.mark.postgresql, pytest.mark.rabbitmq)),
    ]
)
def backend(request: pytest.FixtureRequest, tmp_path: Path, bus_prefix: str) -> Backend:
    """Run the test once per column: SQLite with the in-process bus, PostgreSQL with RabbitMQ."""
    if request.param == "embedded":
        url = f"sqlite:///{tmp_path / 'filiere.db'}"
        return Backend(name="embedded", database_url=url, broker_url=None, prefix=bus_prefix, folder=tmp_path)
    return Backend(
        name="production",
        database_url=request.getfixturevalue("create_database")(),
        broker_url=request.getfixturevalue("rabbitmq_url"),
        prefix=bus_prefix,
        folder=tmp_path,
    )


@pytest.fixture
def own_postgresql() -> Iterator[servers.PostgreSQL]:
    """A running PostgreSQL that the test may stop, freeze and kill."""
    yield from _own(servers.PostgreSQL)


@pytest.fixture
def own_rabbitmq() -> Iterator[servers.RabbitMQ]:
    """A running RabbitMQ that the test may stop, freeze and kill."""
    yield from _own(servers.RabbitMQ)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for a server by its fixtures, so that `-m "not postgresql and not rabbitmq"` needs none."""
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        for marker, fixtures in NEEDING.items():
            if asked & fixtures:
                item.add_marker(marker)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """With CI set, a skipped test has failed: nobody reads the count of a green run."""
    report = (yield).get_result()
    _refuse_skip(report)


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """The same for a module that skips itself whole."""
    report = (yield).get_result()
    _refuse_skip(report)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly how much was not tested."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section(
            f"{len(skipped)} SKIPPED: THIS RUN DID NOT TEST EVERYTHING", sep="!", red=True, bold=True
        )


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped (CI is set): {reason}"


def _provided(name: services.Name) -> Iterator[str]:
    try:
        service = services.provide(name, install=bool(os.environ.get("CI")))
    except services.ServiceMissingError as error:
        pytest.skip(str(error))
    yield service.url
    service.close()


def _own(kind: type[servers.PostgreSQL | servers.RabbitMQ]) -> Iterator[servers.Server]:
    try:
        server = kind()
    except servers.ServerUnavailableError as error:
        pytest.skip(str(error))
    try:
        server.start()
        yield server
    finally:
        server.close()
