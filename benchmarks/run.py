"""`make bench`: measure capture, trace, relay and the log against a baseline in the same run; print a table and JSON.

Every figure is a median over rounds; platform and baseline take turns, so that what else the machine does falls on
both. Ratios travel between machines, rates do not. docs/decisions/0008-capture-path.md says what was found.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform as machine
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[1:1] = [str(ROOT / "tests")]
sys.dont_write_bytecode = False  # the platform is imported here, too: compiling it would be a part of every run
sys.pycache_prefix = str(ROOT / ".work" / "pycache")
warnings.filterwarnings("ignore", message="Using `httpx`")

import bundles  # noqa: E402 - the tests' folder is on the path only now
import calls  # noqa: E402
import captures  # noqa: E402
import closures  # noqa: E402
import cpu  # noqa: E402
import delivered  # noqa: E402
import edges  # noqa: E402
import embedded_closures  # noqa: E402
import enforcing  # noqa: E402
import fairness  # noqa: E402
import logs  # noqa: E402
import mandates  # noqa: E402
import material  # noqa: E402
import page  # noqa: E402
import queries  # noqa: E402
import rebuilds  # noqa: E402
import relays  # noqa: E402
import servers  # noqa: E402
import services  # noqa: E402
import sets  # noqa: E402
import sites  # noqa: E402
import table  # noqa: E402
import traces  # noqa: E402
import validations  # noqa: E402
import walls  # noqa: E402
import workbooks  # noqa: E402
import xml_captures  # noqa: E402

SCENARIOS = (
    "calls",
    "validation",
    "event-hash",
    "xml",
    "profile",
    "log",
    "bundle",
    "workbook",
    "page",
    "capture",
    "edges",
    "enforce",
    "fairness",
    "trace",
    "sets",
    "visibility",
    "query",
    "mandate",
    "relay",
    "delivered",
    "embedded",
    "rebuild",
)
ON_POSTGRESQL = frozenset(
    {"capture", "edges", "enforce", "fairness", "trace", "sets", "visibility", "query", "mandate", "relay", "delivered"}
)
REPORT = ROOT / ".work" / "benchmarks" / "report.json"

Result = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=SCENARIOS, help="one scenario; may be given several times")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a capture slot (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    arguments = parser.parse_args()
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - started:4.0f} s] {text}", file=sys.stderr, flush=True)

    report: Result = {"seed": material.SEED, "machine": _machine(), "results": []}
    try:
        for result in measure(set(arguments.only or SCENARIOS), arguments.seconds, report, say):
            report["results"].append(result)
    finally:
        _show(report, only_json=arguments.json)  # what was measured before a failure took its time, too
    return 0


def _show(report: Result, *, only_json: bool) -> None:
    report["loadavg_after"] = os.getloadavg()
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if not only_json:
        print(table.render(report))
        print()
    print(json.dumps(report))


def measure(wanted: set[str], seconds: float, report: Result, say: Callable[[str], None]) -> Iterator[Result]:
    """Run the wanted scenarios one after another."""
    say("events are being signed (once; later runs find them)")
    envelopes = material.signed_events(captures.PER_MEMBER)
    yield from _calls(wanted, envelopes[material.MEMBERS[0]], say)
    if "log" in wanted:
        yield from logs.compare(envelopes[material.MEMBERS[0]], say)
    if "bundle" in wanted:
        yield from bundles.compare(say)
    if "workbook" in wanted:
        say("workbook (written once; later runs find it)")
        yield from workbooks.compare()
    if "page" in wanted:
        yield from page.compare(say)
    if wanted & ON_POSTGRESQL:
        yield from _on_postgresql(wanted, seconds, report, envelopes, say)
    if "trace" in wanted:
        say("traces, embedded")
        with sites.embedded(workers=False) as embedded:
            yield from embedded_closures.compare(embedded, say, report)
    if wanted & {"embedded", "rebuild"}:
        yield from _embedded(wanted, seconds, envelopes, say)


def _calls(wanted: set[str], envelopes: Sequence[bytes], say: Callable[[str], None]) -> Iterator[Result]:
    if "calls" in wanted:
        say("calls")
        yield from calls.compare(envelopes)
    if "validation" in wanted:
        say("validation")
        yield validations.checked(envelopes)
    if "event-hash" in wanted:
        say("event-hash")
        yield validations.hashed()
    if "xml" in wanted:
        say("xml")
        yield xml_captures.compare()
    if "profile" in wanted:
        say("profile")
        yield validations.judged()


def _embedded(
    wanted: set[str], seconds: float, envelopes: captures.Envelopes, say: Callable[[str], None]
) -> Iterator[Result]:
    say("the embedded instance starts")
    with sites.embedded() as embedded:
        if "embedded" in wanted:
            say("capture, embedded")
            yield from captures.alone(embedded, envelopes, seconds=seconds)
        if "rebuild" in wanted:
            say("rebuild")
            yield from rebuilds.compare(embedded, envelopes)


def _on_postgresql(
    wanted: set[str], seconds: float, report: Result, envelopes: captures.Envelopes, say: Callable[[str], None]
) -> Iterator[Result]:
    say("PostgreSQL, the platform and the baseline start")
    with contextlib.ExitStack() as stack:
        try:
            cluster = stack.enter_context(sites.postgresql())
        except servers.ServerUnavailableError as error:
            report["missing"] = [*report.get("missing", []), f"PostgreSQL: {error}"]
            return
        report["postgresql"] = sites.shown_settings(cluster)
        if "fairness" in wanted:
            say("fairness")
            with sites.platform_on(cluster) as crowded:  # of its own: here nothing was sent before
                floods = material.signed_events(fairness.FLOOD_RECORDS)
                yield from fairness.compare(crowded, envelopes, floods, seconds=seconds / 2)
        platform = stack.enter_context(sites.platform_on(cluster))
        baseline = stack.enter_context(sites.baseline_on(cluster))
        if wanted & {"capture", "relay"}:
            say("capture")
            yield from captures.compare(platform, baseline, envelopes, seconds=seconds)
        yield from _groups(wanted, cluster, envelopes, say)
        if "trace" in wanted:
            say("trace")
            yield from traces.compare(platform, baseline)
            yield from closures.compare(platform, say, report)
        if "sets" in wanted:
            say("sets")
            yield sets.compare(platform)
        if wanted & {"visibility", "query"}:
            yield from _gate(wanted, platform, say)
        if "mandate" in wanted:
            say("mandate")
            yield from mandates.compare(platform, say)
        if wanted & {"relay", "delivered"}:
            yield from _relay(wanted, (cluster, platform, baseline), envelopes, report, say)


def _groups(
    wanted: set[str], cluster: servers.PostgreSQL, envelopes: captures.Envelopes, say: Callable[[str], None]
) -> Iterator[Result]:
    """Commit groups on sites to which nothing was sent before."""
    if "edges" in wanted:
        say("edges")
        with sites.platform_on(cluster) as untouched:
            yield from edges.compare(untouched, envelopes)
    if "enforce" in wanted:
        say("enforce")
        with sites.platform_on(cluster) as sector:
            yield from enforcing.compare(sector)


def _gate(wanted: set[str], platform: sites.Site, say: Callable[[str], None]) -> Iterator[Result]:
    if "visibility" in wanted:
        say("visibility")
        yield from walls.compare(platform, say)
    if "query" in wanted:
        say("query")
        yield from queries.compare(platform, say)


def _relay(
    wanted: set[str],
    instances: tuple[servers.PostgreSQL, sites.Site, sites.Site],
    envelopes: captures.Envelopes,
    report: Result,
    say: Callable[[str], None],
) -> Iterator[Result]:
    say("RabbitMQ starts")
    os.environ[services.ORDER_VARIABLE] = "start"  # a broker of our own: nobody else's messages are in the figures
    try:
        broker = services.provide("rabbitmq")
    except services.ServiceMissingError as error:
        report["missing"] = [*report.get("missing", []), str(error)]
        return
    cluster, platform, baseline = instances
    try:
        if "relay" in wanted:
            say("relay")
            yield from relays.compare(platform, broker)
        if "delivered" in wanted:
            say("delivered")
            process = broker.server.process if broker.server else None
            others = {"rabbitmq": cpu.ProcessTree(process.pid)} if process else {}
            with sites.delivering_on(cluster, broker.url, delivered.MEMBERS) as (site, worker):
                yield from delivered.compare(site, baseline, envelopes, {**others, "worker": worker}, broker.url)
    finally:
        broker.close()


def _machine() -> Result:
    return {
        "cores": os.cpu_count(),
        "python": machine.python_version(),
        "system": f"{machine.system()} {machine.machine()}",
        "loadavg_before": os.getloadavg(),
    }


if __name__ == "__main__":
    sys.exit(main())
