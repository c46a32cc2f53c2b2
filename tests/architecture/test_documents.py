"""What the documents name exists, and what exists is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codebase import PACKAGES, ROOT, tracked_files
from filiere_platform.cli.main import COMMANDS

PAGES = sorted(path for path in tracked_files() if path.suffix == ".md")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
TARGET = re.compile(r"^([a-z][a-z-]*):.*## ", re.MULTILINE)
NAMED_TARGET = re.compile(r"\bmake ([a-z][a-z-]+)\b")
PROSE = {"it", "sure", "the", "a", "us"}  # "make it so" is no command


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_link_leads_to_a_page_that_exists(page: Path) -> None:
    missing = [link for link in LINK.findall(text_of(page)) if not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_make_command_that_is_named_exists(page: Path) -> None:
    code = re.findall(r"`([^`\n]+)`|^    ?(\S.*)$|^(make .*)$", text_of(page), re.MULTILINE)
    named = {name for parts in code for name in NAMED_TARGET.findall(" ".join(parts))} - PROSE
    assert named - set(TARGET.findall(text_of(ROOT / "Makefile"))) == set()


def test_every_make_command_says_what_it_does() -> None:
    makefile = text_of(ROOT / "Makefile")
    phony = makefile.partition(".PHONY:")[2].partition("\n")[0].split()
    assert set(phony) == set(TARGET.findall(makefile))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_platform_is_told_to_operators(command: str) -> None:
    assert f"`filiere {command}" in text_of(ROOT / "docs" / "operations.md")


def test_the_map_names_every_package() -> None:
    overview = text_of(ROOT / "ARCHITECTURE.md").partition("## The life")[0]
    folders = {path.parent.name for package in PACKAGES for path in (ROOT / package).glob("*/__init__.py")}
    assert {name for name in folders if not re.search(rf"\b{name}/", overview)} == set()


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = LINK.findall(text_of(folder / "README.md"))
    assert sorted(listed) == sorted(path.name for path in folder.glob("[0-9]*.md"))
