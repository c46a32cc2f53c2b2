"""What goes into a column comes out of it, on both databases; what cannot be held is refused and not rounded."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from contracts.store.conftest import Backend
from contracts.store.telling import admit_members, an_end, an_event, tell
from filiere_platform.domain.audience import OPERATOR
from filiere_platform.domain.member import ApiToken
from filiere_platform.store.binary_arrays import bigints, byteas, register, texts
from filiere_platform.store.column_types import MOST_DIGITS, Digest, ExactDecimal, decimal_digits
from filiere_platform.store.database import Database

decimals = st.decimals(allow_nan=False, allow_infinity=False).filter(
    lambda value: abs(value.as_tuple().exponent) < MOST_DIGITS and value.adjusted() < MOST_DIGITS
)
written = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
once = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)


@given(value=decimals)
def test_digits_say_the_same_number_without_an_exponent(value: Decimal) -> None:
    digits = decimal_digits(value)
    assert Decimal(digits) == value
    assert set(digits) <= set("-0123456789.")
    if value and value.as_tuple().exponent <= 0:
        assert Decimal(digits).as_tuple() == value.as_tuple()  # the number of decimals is kept


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", f"1e{MOST_DIGITS + 1}", f"1e-{MOST_DIGITS + 1}"])
def test_what_is_no_quantity_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="quantity"):
        decimal_digits(Decimal(value))


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
def test_a_digest_has_32_bytes(dialect: object) -> None:
    column = Digest()
    assert column.process_bind_param(bytes(32), dialect) == bytes(32)
    assert column.process_bind_param(None, dialect) is None
    for wrong in (b"", bytes(31), bytes(33)):
        with pytest.raises(ValueError, match="32 bytes"):
            column.process_bind_param(wrong, dialect)


@given(value=decimals | st.none())
def test_a_decimal_goes_to_sqlite_as_text(value: Decimal | None) -> None:
    stored = ExactDecimal().process_bind_param(value, sqlite.dialect())
    assert stored is None if value is None else isinstance(stored, str)
    assert ExactDecimal().process_result_value(stored, sqlite.dialect()) == value


def test_quantities_and_times_come_back_exactly(database: Database) -> None:
    admit_members(database, 1)
    numbers = iter(range(1_000_000))

    @once
    @given(quantity=decimals, earliest=st.integers(-(2**62), 2**62))
    def comes_back(quantity: Decimal, earliest: int) -> None:
        key = f"urn:lot:{next(numbers)}"
        end = an_end(key)._replace(quantity=quantity, uom="KGM")
        tell(database, an_event(key, ends=[end], earliest=earliest, latest=earliest))
        with database.unit_of_work() as uow:
            [found] = uow.events.visible_to(OPERATOR).ends_touching([uow.nodes.ids([key])[key]])
        assert found.quantity == quantity
        assert decimal_digits(found.quantity) == decimal_digits(quantity)  # the same decimals, zeros included
        assert (found.earliest, found.latest) == (earliest, earliest)

    comes_back()


def test_texts_and_lists_of_them_come_back_exactly(database: Database) -> None:
    admit_members(database, 1)
    numbers = iter(range(1_000_000))

    @once
    @given(text=written)
    def comes_back(text: str) -> None:
        event_id = f"{next(numbers)} {text}"
        tell(database, an_event(event_id, ends=[an_end(event_id)], biz_step=text, disposition=text))
        with database.unit_of_work() as uow:
            [found] = uow.events.visible_to(OPERATOR).by_event_id(event_id)
            assert found.event_id == event_id
            assert list(uow.nodes.ids([event_id, "other"])) == [event_id]

    comes_back()


def test_an_identifier_may_be_longer_than_an_index_entry(database: Database) -> None:
    admit_members(database, 1)
    long = "urn:" + "".join(f"{n:x}." for n in range(4_000))
    tell(database, an_event(long, ends=[an_end(long)], transformation_id=long))
    tell(database, an_event(long, ends=[an_end(long)], declares_error=True, transformation_id=long))
    with database.unit_of_work() as uow:
        assert len(uow.events.visible_to(OPERATOR).by_event_id(long)) == 2
        assert uow.nodes.ids([long]) == {long: 1}


def test_an_error_does_not_repeat_what_was_to_be_stored(database: Database) -> None:
    admit_members(database, 1)
    token = ApiToken(prefix="confided", sha256=b"too short", member_id=1, scopes=frozenset(), expires_at=None)

    def add() -> None:
        with database.unit_of_work() as uow:
            uow.tokens.add(token)

    with pytest.raises(Exception, match="32 bytes") as refused:
        add()
    assert "confided" not in str(refused.value)


@pytest.mark.postgresql
def test_binary_arrays_are_what_the_server_reads(on_postgresql: Backend) -> None:
    with psycopg.connect(on_postgresql.create()) as connection:
        register(connection)

        @once
        @given(
            integers=st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)),
            blobs=st.lists(st.none() | st.binary()),
            words=st.lists(st.none() | written),
        )
        def are_read(integers: list[int | None], blobs: list[bytes | None], words: list[str | None]) -> None:
            arrays = (bigints(integers), byteas(blobs), texts(words))
            assert connection.execute("SELECT %b, %b, %b", arrays).fetchone() == (integers, blobs, words)

        are_read()
