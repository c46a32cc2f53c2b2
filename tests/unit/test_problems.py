from __future__ import annotations

from filiere_schemas.problems import Problem, Refusal, Sentence, escape_pointer_token

SENTENCE = Sentence("bad-thing", "valeur « {found} » inattendue", "unexpected value {found!s}")


def test_a_problem_speaks_both_languages_and_keeps_its_place() -> None:
    problem = Problem(sentence=SENTENCE, pointer="/a/0", values={"found": 3}).within("/eventList/1")
    assert problem.message("fr") == "valeur « 3 » inattendue"
    assert problem.message("en") == "unexpected value 3"
    assert problem.pointer == "/eventList/1/a/0"


def test_a_long_value_is_shortened_in_the_sentence() -> None:
    message = Problem(sentence=SENTENCE, values={"found": "x" * 10_000}).message("en")
    assert len(message) < 200
    assert message.endswith("…")


def test_a_huge_value_costs_no_more_than_its_beginning() -> None:
    class Unwritable(str):
        __slots__ = ()

        def __repr__(self) -> str:
            raise AssertionError("looked at beyond the beginning")

    huge = [*range(5), *(Unwritable("x") for _ in range(10))]
    message = Problem(sentence=SENTENCE, values={"found": {"a": huge}}).message("en")
    assert "..." in message
    assert len(message) < 200


def test_a_refusal_names_every_reason() -> None:
    refusal = Refusal([Problem(sentence=SENTENCE, values={"found": n}) for n in range(3)])
    assert str(refusal).count("bad-thing") == 3


def test_pointer_tokens_are_escaped() -> None:
    assert escape_pointer_token("a/b~c") == "a~1b~0c"
