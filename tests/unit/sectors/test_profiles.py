"""Profiles of sectors hold as a whole, and every mistake that an author can make is found where it is."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from codebase import ROOT
from filiere_schemas.sectors.checked_profile import InvalidProfile, check_profile, load_profile
from filiere_schemas.sectors.new_profile import NotWritten, write_new_profile
from filiere_schemas.sectors.profile_difference import Change, differences
from filiere_schemas.sectors.profile_files import LARGEST_FILE, UnknownSector, find_sector, sector_names

SECTORS = sorted(sector_names())
MISTAKES = tomllib.loads((ROOT / "tests/vectors/sectors/mistakes.toml").read_text(encoding="utf-8"))["mistake"]
TABLE = (ROOT / "docs/sectors.md").read_text(encoding="utf-8").split("## Where each check of the food sector", 1)[1]
ERRORS = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
ANSWERED = {"over-consumption"}  # a verdict of a balance: docs/balance.md


@pytest.fixture
def wood(tmp_path: Path) -> Path:
    return write_new_profile("wood", tmp_path)


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("sector", SECTORS)
def test_a_profile_of_the_package_passes_and_its_examples_exercise_every_rule(sector: str) -> None:
    checked = check_profile(find_sector(sector))
    assert [problem.message("en") for problem in checked.problems] == []
    assert checked.exercised
    assert min(checked.exercised.values()) > 0


def test_the_table_of_the_food_checks_names_each_of_them_and_only_rules_that_there_are() -> None:
    rows = re.findall(r"^\| (C\d\d)? *\|.*\|$", TABLE, flags=re.MULTILINE)
    assert [row for row in rows if row] == [f"C{number:02}" for number in range(1, 20)]
    known = {*check_profile(find_sector("food")).exercised, *re.findall(r"`([a-z-]+)`", ERRORS), *ANSWERED}
    named = set(re.findall(r"`([a-z0-9.-]+)`", TABLE.split("|---|", 1)[1]))
    assert named <= known
    assert {rule for rule in known if re.match(r"c\d\d-", rule)} <= named


def test_a_new_profile_passes_and_exercises_every_rule(wood: Path) -> None:
    checked = check_profile(wood)
    assert checked.passed
    assert checked.problems == ()
    assert min(checked.exercised.values()) > 0


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda each: f"{each['code']}: {each['key'] or each['file']}")
def test_a_mistake_is_found_with_its_file_and_key_in_both_languages(wood: Path, mistake: dict[str, str]) -> None:
    edit(wood, mistake["file"], mistake["old"], mistake["new"])
    problems = check_profile(wood).problems
    place = "examples" if mistake["code"] == "profile-not-exercised" else mistake["file"]
    said = [(problem.code, problem.values["file"], problem.values["key"]) for problem in problems]
    assert (mistake["code"], place, mistake["key"]) in said
    assert all(problem.message("fr") != problem.message("en") for problem in problems)


def test_a_mistake_in_a_rule_over_neighbours_is_found_with_its_file_and_key(wood: Path) -> None:
    edit(wood, "neighbours.toml", "\n# [[neighbour]]", "\n[[neighbour]]")
    for key in ("name", "rule", "level", "days", "fr", "en"):
        edit(wood, "neighbours.toml", f"\n# {key} =", f"\n{key} =")
    assert check_profile(wood).problems == ()
    edit(wood, "neighbours.toml", 'rule = "never-received"', 'rule = "never-sent"')
    (problem,) = check_profile(wood).problems
    assert (problem.values["file"], problem.message("fr") != problem.message("en")) == ("neighbours.toml", True)
    assert str(problem.values["key"]).endswith("rule")


def test_files_are_bounded_and_known(wood: Path) -> None:
    (wood / "words.toml").write_text("#" * (LARGEST_FILE + 1))
    (wood / "word.toml").write_text("")
    (wood / "sharing.toml").write_text("[share]")
    (wood / "examples" / "deep.json").write_text("[" * 100_000)
    codes = sorted((problem.values["file"], problem.code) for problem in check_profile(wood).problems)
    assert codes == [
        ("examples/deep.json", "profile-unreadable"),
        ("sharing.toml", "profile-unreadable"),
        ("word.toml", "profile-unknown-file"),
        ("words.toml", "profile-unreadable"),
    ]


def test_a_folder_without_what_a_profile_needs_is_none(wood: Path) -> None:
    (wood / "profile.toml").unlink()
    assert [problem.code for problem in check_profile(wood).problems] == ["profile-unreadable"]
    with pytest.raises(InvalidProfile):
        load_profile(wood)


def test_a_sector_is_found_by_name_or_path_and_ones_own_first(tmp_path: Path) -> None:
    own = write_new_profile(SECTORS[0], tmp_path)
    assert find_sector(SECTORS[0], tmp_path) == find_sector(str(own)) == own
    assert load_profile(find_sector(SECTORS[0])).text != load_profile(own).text
    with pytest.raises(UnknownSector, match="sector-unknown"):
        find_sector("nothing-such", tmp_path)


@pytest.mark.parametrize("name", ["Wood", "../wood", "", "wood/x", "w" * 64])
def test_a_name_that_is_none_writes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotWritten, match="sector-name"):
        write_new_profile(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(wood: Path) -> None:
    with pytest.raises(NotWritten, match="sector-folder-taken"):
        write_new_profile("wood", wood.parent)


def test_two_versions_differ_by_what_was_changed_and_not_by_order(wood: Path, tmp_path: Path) -> None:
    later = write_new_profile("wood", tmp_path / "later")
    edit(later, "profile.toml", '"2026.1"', '"2026.2"')
    edit(later, "ctes.toml", 'name = "place"', 'name = "site"')
    text = (later / "words.toml").read_text(encoding="utf-8").split("\n[[vocabulary]]")
    (later / "words.toml").write_text("\n[[vocabulary]]".join((text[0], *reversed(text[1:]))), encoding="utf-8")
    assert differences(load_profile(wood), load_profile(later)) == [
        Change("removed", "ctes.toml", "cte.making.kde.place"),
        Change("added", "ctes.toml", "cte.making.kde.site"),
        Change("changed", "profile.toml", "version", "2026.1", "2026.2"),
    ]


def test_the_schema_of_profiles_is_one_that_others_can_read() -> None:
    schema = json.loads(next(iter(sector_names().values())).parent.joinpath("profile.schema.json").read_text("utf-8"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    described = {"fr", "en"}
    assert all(described <= set(schema["$defs"][name]["required"]) for name in ("cte", "kde", "check", "report"))
