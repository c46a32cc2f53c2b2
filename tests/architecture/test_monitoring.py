"""The shipped alert rules and dashboard have the form that Prometheus and Grafana read; every rule says what to do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from filiere_platform.bus.topology import MOST_CAPTURES, MOST_MESSAGES

ROOT = Path(__file__).resolve().parents[2]
ALERTS = ROOT / "platform" / "monitoring" / "alerts.yml"
DASHBOARD = ROOT / "platform" / "monitoring" / "dashboard.json"
RULE = {"alert", "expr", "for", "labels", "annotations"}
TEXTS = {"summary", "summary_fr", "runbook"}

(GROUP,) = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
RULES = GROUP["rules"]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_rules_have_names_of_their_own() -> None:
    assert set(GROUP) == {"name", "rules"}
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names)) > 10
    assert all(re.fullmatch(r"Filiere[A-Z][A-Za-z]+", name) for name in names)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_is_whole_and_says_what_to_do_in_both_languages(rule: dict) -> None:
    assert set(rule) == RULE
    assert re.fullmatch(r"[1-9][0-9]*[smh]", rule["for"])
    assert set(rule["labels"]) == {"severity"}
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert set(rule["annotations"]) == TEXTS
    assert rule["annotations"]["summary"] != rule["annotations"]["summary_fr"]
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert anchor in anchors(ROOT / page)
    assert f"`{rule['alert']}`" in (ROOT / page).read_text(encoding="utf-8"), "the runbook does not speak of it"
    for opening, closing in ("()", "{}", "[]"):
        assert rule["expr"].count(opening) == rule["expr"].count(closing)


def test_thresholds_of_queues_are_below_what_they_hold() -> None:
    bounds = {rule["alert"]: float(rule["expr"].rsplit(" ", 1)[1]) for rule in RULES}
    assert bounds["FiliereQueueFilling"] < MOST_MESSAGES
    assert bounds["FiliereCaptureQueueFilling"] < MOST_CAPTURES
    assert str(MOST_MESSAGES) in next(r for r in RULES if r["alert"] == "FiliereQueueFilling")["annotations"]["summary"]


def test_panels_have_places_of_their_own_and_ask_the_chosen_source() -> None:
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    assert dashboard["uid"] == "filiere"
    assert [variable["type"] for variable in dashboard["templating"]["list"]] == ["datasource"]
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == "${datasource}"
            assert target["expr"]
            assert target["legendFormat"]
