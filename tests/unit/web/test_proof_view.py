"""What is said of proofs follows from the verdicts, and never says more than they do."""

from __future__ import annotations

import pytest

from filiere_platform.usecases.trace_verification import Head, Verdict, VerifiedTrace
from filiere_platform.web.proof_view import ICONS, checks_of, checks_of_record
from filiere_platform.web.words import Words
from filiere_schemas.problems import Problem
from filiere_schemas.provenance.bundle_sentences import BUNDLE_DIGEST
from filiere_schemas.provenance.key_history import KeyStanding
from filiere_schemas.provenance.policy_sentences import QUORUM_MISSING
from filiere_schemas.provenance.record_check import Assurance

BROKEN = Problem(sentence=BUNDLE_DIGEST, values={"index": 3})
TOO_FEW = Problem(sentence=QUORUM_MISSING, values={"quorum": "q", "size": 9, "found": "w1"})
SIGNED = {"assurance": Assurance.SIGNED, "kid": "k1", "standing": KeyStanding.ACTIVE}
HEAD = Head(size=9, quorum="q", seen_at={"w1": 1_772_600_000, "w2": 1_772_600_001})
ENGLISH, FRENCH = Words("en"), Words("fr")


def verdict(index: int, **more) -> Verdict:
    return Verdict(index=index, **{"state": "published", **SIGNED, **more})


def standing(*verdicts: Verdict, head: Head | None = HEAD, erased: int = 0) -> dict[str, tuple[str, str]]:
    verified = VerifiedTrace(verdicts={each.index: each for each in verdicts}, head=head)
    return {check.name: (check.stands, check.say(ENGLISH)) for check in checks_of(verified, ENGLISH, erased=erased)}


def test_where_everything_holds_every_check_holds() -> None:
    said = standing(verdict(1), verdict(2, kid="k2"))
    assert {name: stands for name, (stands, _) in said.items()} == dict.fromkeys(
        ["signature", "signer-known", "state", "checkpoint", "witnesses", "withheld"], "holds"
    )
    assert said["signature"][1].startswith("2 of 2 records hold")
    assert said["signer-known"][1].startswith("member keys: 2")
    assert "w1" in said["witnesses"][1]
    assert "w2" in said["witnesses"][1]


@pytest.mark.parametrize(
    ("changed", "name", "stands", "words"),
    [
        ({"problem": BROKEN}, "signature", "fails", "1 of 2"),
        ({"standing": KeyStanding.DISPUTED}, "signer-known", "warning", "suspect: 1."),
        ({"state": "stored"}, "state", "note", "1 waiting"),
        ({"withheld": 2}, "withheld", "note", "shown to you: 2 (records: 1)"),
    ],
)
def test_one_record_that_differs_changes_its_check_alone(changed, name: str, stands: str, words: str) -> None:
    before, after = standing(verdict(1), verdict(2)), standing(verdict(1), verdict(2, **changed))
    assert after[name][0] == stands
    assert words in after[name][1]
    assert {other: said[0] for other, said in after.items() if other != name} == {
        other: said[0] for other, said in before.items() if other != name
    }


@pytest.mark.parametrize(
    ("head", "stands"),
    [
        (None, "note"),
        (Head(size=9, quorum="none"), "note"),
        (Head(size=9, quorum="q", problem=TOO_FEW), "fails"),
        (HEAD, "holds"),
    ],
)
def test_witnesses_are_said_to_have_seen_only_what_they_cosigned(head: Head | None, stands: str) -> None:
    assert standing(verdict(1), head=head)["witnesses"][0] == stands


def test_an_erased_content_is_told_in_sum_and_of_its_record() -> None:
    gone = verdict(1, assurance=Assurance.ERASED, kid=None, standing=None)
    assert "the content of 1 is erased" in standing(gone, erased=1)["state"][1]
    verified = VerifiedTrace(verdicts={1: gone}, head=HEAD)
    said = {check.name: check.say(ENGLISH) for check in checks_of_record(verified, 1, ENGLISH)}
    assert said["signer-known"] == "gone with the erased content"


def test_a_record_that_does_not_hold_has_no_known_signer() -> None:
    verified = VerifiedTrace(verdicts={1: Verdict(index=1, state="published", problem=BROKEN)}, head=HEAD)
    said = {check.name: check for check in checks_of_record(verified, 1, FRENCH)}
    assert said["signature"].stands == said["signer-known"].stands == "fails"
    assert BROKEN.message("fr") in said["signature"].say(FRENCH)


def test_a_record_under_no_head_yet_claims_none() -> None:
    verified = VerifiedTrace(verdicts={1: verdict(1, state="stored")}, head=HEAD)
    said = {check.name: check.stands for check in checks_of_record(verified, 1, ENGLISH)}
    assert (said["state"], said["checkpoint"]) == ("note", "note")


def test_nothing_is_said_of_a_record_that_was_not_looked_at() -> None:
    assert list(checks_of_record(VerifiedTrace(verdicts={}, head=HEAD), 1, ENGLISH)) == []


def test_each_standing_has_an_icon_of_its_own() -> None:
    assert len(set(ICONS.values())) == len(ICONS)
