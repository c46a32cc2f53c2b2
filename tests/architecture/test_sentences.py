"""Every problem has one code, says the same in both languages, and is documented."""

from __future__ import annotations

import ast
import re
import string

import pytest

import errors_page
from codebase import ROOT, source_files

KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SENTENCES = errors_page.sentences()
BY_CODE = pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence.code)


def placeholders(template: str) -> set[str]:
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_a_code_names_one_problem() -> None:
    codes = [sentence.code for sentence in SENTENCES]
    assert sorted({code for code in codes if codes.count(code) > 1}) == []


def test_every_sentence_that_is_written_is_in_the_catalogue() -> None:
    # A sentence made inside a function would escape the page of errors and these checks.
    written = sum(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Sentence"
        for file in source_files(errors_page.FOLDERS)
        for node in ast.walk(file.tree)
    )
    assert len(SENTENCES) == written


@BY_CODE
def test_a_code_is_kebab_case(sentence) -> None:
    assert KEBAB.fullmatch(sentence.code)


@BY_CODE
def test_both_languages_use_the_same_placeholders(sentence) -> None:
    assert sentence.fr.strip()
    assert sentence.en.strip()
    assert placeholders(sentence.fr) == placeholders(sentence.en)


def test_the_page_of_errors_is_what_the_catalogue_says() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert page == errors_page.render(SENTENCES), "docs/errors.md is stale: run `make docs`"
