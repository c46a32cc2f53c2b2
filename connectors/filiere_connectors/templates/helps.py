"""What a column's help says: whether it has to be filled in, when, under which law, in which form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from filiere_connectors.templates import words
from filiere_connectors.templates.column import Column, Sheet, said, shown
from filiere_schemas.problems import Language
from filiere_schemas.sectors.profile import Kde, Profile, listed_in

_LONGEST: Final = 240  # characters of a cell that is still read


def help_line(profile: Profile, sheet: Sheet, column: Column, language: Language) -> str:
    """Say in one cell whether a column has to be filled in."""
    parts = list(dict.fromkeys(_parts(profile, sheet, column, language)))
    line = " ; ".join(parts)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def comment(profile: Profile, sheet: Sheet, column: Column, language: Language) -> str:
    """Say everything of a column: form, each KDE with its law, its conditions, where it goes."""
    lines = [shown(column.heading, language), said(words.SHAPES[column.shape], language)]
    lines += dict.fromkeys(_parts(profile, sheet, column, language))
    for kde in column.kdes:
        lines.append(f"{sheet.cte.name}.{kde.name} : {shown(kde.text, language)}")
        if kde.pattern is not None:
            lines.append(said(words.FORM, language, pattern=kde.pattern))
        lines += [said(words.WHEN, language, when=kde.when)] if kde.when else []
        lines += [said(words.UNLESS, language, when=kde.unless)] if kde.unless else []
        source = source_of(profile, sheet, kde)
        lines += [source] if source else []
    if column.tokens:
        lines.append("/" + "/".join(column.tokens))
    return "\n".join(lines)


def source_of(profile: Profile, sheet: Sheet, kde: Kde) -> str:
    """Name the text that asks for a KDE: its law's, else that of its CTE."""
    if kde.regime is not None:
        return _law(profile, kde.regime)
    items = listed_in(profile.content, "ctes.toml", "cte")
    return str(next((item.get("source", "") for item in items if item["name"] == sheet.cte.name), ""))


def _law(profile: Profile, name: str) -> str:
    return str(next(item["source"] for item in profile.content["profile.toml"]["regime"] if item["name"] == name))


def _parts(profile: Profile, sheet: Sheet, column: Column, language: Language) -> Iterator[str]:
    usual = words.HELPS.get(column.key)
    if usual is not None:
        first = sheet.constants.get("bizStep" if column.key == "step" else column.key, "-")
        yield said(usual, language, first=first)
    if column.help is not None:
        law = next((each for each in profile.regimes.values() if column.tokens == (each.member,)), None)
        yield said(column.help, language, source="" if law is None else _law(profile, law.name))
    if usual is None and not column.kdes:
        name = f'"{column.tokens[-1]}"'
        decided = [kde for kde in sheet.cte.kdes if name in f"{kde.when} {kde.unless}".replace("'", '"')]
        if decided:
            yield said(words.DECIDES, language, names=" / ".join(shown(kde.text, language) for kde in decided))
    for kde in column.kdes:
        yield _requirement(profile, kde, language)
    if usual is None and column.help is None and not column.kdes:
        yield said(words.OPTIONAL, language)
    if column.reasons:
        reasons = " / ".join(shown(text, language) for text in column.reasons.values())
        yield said(words.OR_REASON, language, reasons=reasons)


def _requirement(profile: Profile, kde: Kde, language: Language) -> str:
    regime = None if kde.regime is None else profile.regimes[kde.regime]
    if regime is not None and regime.member is not None:
        return said(words.IF_LAW, language, law=shown(regime.text, language))
    if kde.when is not None or kde.unless is not None:
        return said(words.CONDITIONAL, language)
    return said(words.RECOMMENDED if kde.level == "warning" else words.REQUIRED, language)
