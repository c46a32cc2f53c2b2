"""The account of a counter for programs, and for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from filiere_platform.domain.amount import written
from filiere_platform.domain.counter_account import Breach, Counter, Line
from filiere_platform.domain.instant import iso_instant
from filiere_platform.usecases.account import WorkedAccount
from filiere_schemas.problems import Language

_WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "fr": {
        "none": "aucune ligne",
        "balance": "SOLDE",
        "least": "sous le minimum de {bound}",
        "most": "au-dessus du maximum de {bound}",
        "uncounted": "non compté (scellé, ou sans conversion) : n° {indexes}",
        "erased": "{count} événement(s) effacé(s), qui auraient pu compter",
    },
    "en": {
        "none": "no line",
        "balance": "BALANCE",
        "least": "below the least, {bound}",
        "most": "above the most, {bound}",
        "uncounted": "not counted (sealed, or does not convert): no {indexes}",
        "erased": "{count} event(s) erased, which might have counted",
    },
}


def counters_as_json(counters: Mapping[str, Counter], language: Language) -> list[dict[str, Any]]:
    """List the counters of a profile."""
    return [_counter(each, language) for each in counters.values()]


def account_as_json(worked: WorkedAccount, language: Language) -> dict[str, Any]:
    """Lay an account out; amounts are texts, in the counter's unit."""
    account = worked.account
    return {
        **_counter(worked.question.counter, language),
        "subject": worked.subject,
        "sector": worked.reporting.sector,
        "version": worked.reporting.version,
        "as_of": worked.as_of,
        "balance": written(account.balance),
        "complete": worked.is_complete,
        "lines": [_line(line, worked) for line in account.lines],
        "breaches": [_breach(breach, worked) for breach in account.breaches],
        "uncounted": list(account.uncounted),
        "erased": worked.erased,
    }


def account_lines(answer: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Write an account, as `account_as_json` lays it out, for a terminal."""
    words, unit = _WORDS[language], answer["unit"]
    yield f"{answer['counter']}  {answer['title']}  {answer['subject']}"
    broken = {(each["index"], each["counter"]): each for each in answer["breaches"]}
    for line in answer["lines"]:
        beyond = broken.get((line["index"], line["counter"]))
        said = "" if beyond is None else "  " + words[beyond["limit"]].format(bound=beyond["bound"])
        moved = line["amount"] if line["amount"].startswith("-") else f"+{line['amount']}"
        yield f"  {line['at']}  {line['index']:>8}  {moved:>14} {unit}  = {line['balance']} {unit}{said}"
    if not answer["lines"]:
        yield f"  {words['none']}"
    yield f"  {words['balance']}  {answer['balance']} {unit}"
    if answer["uncounted"]:
        yield "  " + words["uncounted"].format(indexes=", ".join(map(str, answer["uncounted"])))
    if answer["erased"]:
        yield "  " + words["erased"].format(count=answer["erased"])


def _counter(counter: Counter, language: Language) -> dict[str, Any]:
    return {
        "counter": counter.name,
        "title": getattr(counter.text, language),
        "unit": counter.unit,
        "per": counter.per if isinstance(counter.per, str) else [path.text for path in counter.per],
        "least": written(counter.least),
        "most": written(counter.most),
    }


def _line(line: Line, worked: WorkedAccount) -> dict[str, Any]:
    return {
        "at": iso_instant(line.at),
        "index": line.log_index,
        "eventID": worked.event_ids[line.log_index],
        "counter": line.counter,
        "amount": written(line.amount),
        "balance": written(line.balance),
    }


def _breach(breach: Breach, worked: WorkedAccount) -> dict[str, Any]:
    return {**_line(breach.line, worked), "limit": breach.limit, "bound": written(breach.bound)}
