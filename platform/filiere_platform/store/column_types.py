"""Column types that mean the same on SQLite and on PostgreSQL.

SQLite keeps neither decimals nor the length of a digest by itself: a decimal comes back as a rounded float, and
an integer key that is declared BIGINT is no longer the row id. Times need no type: they are integer microseconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Dialect,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Text,
    bindparam,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter, ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from filiere_platform.store.binary_arrays import bigints

DIGEST_BYTES = 32  # SHA-256
# PostgreSQL holds 131,072 digits before the decimal point and 16,383 after it (manual, table 8.2). No quantity
# of goods needs more than a few dozen; a limit far below both keeps the two databases equal.
MOST_DIGITS = 1_000
MOST_PLANNED = 64  # values of a list that the planner is shown one by one

Big = BigInteger().with_variant(Integer(), "sqlite")  # INTEGER, so that a primary key is SQLite's own row id
Small = SmallInteger().with_variant(Integer(), "sqlite")
Whole = Integer()
Flag = Boolean(create_constraint=False)


class Digest(TypeDecorator[bytes]):
    """A SHA-256 digest: 32 bytes, checked on the way in."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 - the base's signature
        """Let only digests pass.

        Raises:
            ValueError: when the value is not 32 bytes long.
        """
        if value is not None and len(value) != DIGEST_BYTES:
            msg = f"a digest is {DIGEST_BYTES} bytes, this is {len(value)}"
            raise ValueError(msg)
        return value


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal that comes back as it went in: NUMERIC on PostgreSQL, plain digits as text on SQLite."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's type by database."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(Numeric(asdecimal=True))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Write digits without an exponent, so that both databases keep the same number of decimals."""
        if value is None:
            return None
        digits = decimal_digits(value)
        return digits if dialect.name == "sqlite" else Decimal(digits)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - the base's signature
        """Read the decimal back."""
        return None if value is None else Decimal(value)


def decimal_digits(value: Decimal) -> str:
    """Write a decimal in plain digits: 1E+3 is "1000", 1.50 keeps its last zero, -0 is "0".

    Raises:
        ValueError: when it is not a number, or has more than `MOST_DIGITS` digits before or after the point.
    """
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        msg = f"a quantity is a finite number, this is {value}"
        raise ValueError(msg)  # noqa: TRY004 - the type is right, the value is not
    if not -MOST_DIGITS <= exponent <= MOST_DIGITS or value.adjusted() > MOST_DIGITS:
        msg = f"a quantity has at most {MOST_DIGITS} digits on each side of the point"
        raise ValueError(msg)
    return format(value or abs(value), "f")  # PostgreSQL knows no negative zero


class _Packed(UserDefinedType[Any]):
    """A bigint[] that is packed already: the driver's own adaptation would take it apart again."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "BIGINT[]"


class _Many(TypeDecorator[Any]):
    """A list as one parameter: an array on PostgreSQL, a JSON text on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, *, of_text: bool) -> None:
        self.of_text = of_text
        super().__init__()

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(postgresql.ARRAY(Text()) if self.of_text else _Packed())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return json.dumps(value)
        return value if self.of_text else bigints(value)


class one_of(FunctionElement[bool]):  # noqa: N801 - reads as the SQL operator that it is
    """`column` is one of `values`, given as a single parameter whatever their number.

    An IN list has a parameter per value: beyond some thousands it is refused, and every length is another statement.

    The planner of PostgreSQL estimates each value of an array by itself, at 20 microseconds for each and each table:
    for a thousand it takes longer than to look them up. Of many numbers it is told their bounds alone, which leave out
    partitions.
    """

    name = "one_of"
    type = Boolean()
    inherit_cache = True  # a statement is compiled once, whatever the values

    def __init__(self, column: ColumnElement[Any], values: Iterable[int] | Iterable[str] | BindParameter[Any]) -> None:
        if isinstance(values, BindParameter):
            super().__init__(column, values)
            return
        listed = list(values)
        # An empty list says nothing of its kind, and PostgreSQL compares no text with numbers.
        many = _Many(of_text=isinstance(listed[0], str) if listed else isinstance(column.type, String))
        clauses = [column, bindparam(None, listed, type_=many, unique=True)]
        if len(listed) > MOST_PLANNED and not many.of_text:
            bounds = min(listed), max(listed)
            clauses += [bindparam(None, bound, type_=BigInteger(), unique=True) for bound in bounds]
        super().__init__(*clauses)

    def self_group(self, against: OperatorType | None = None) -> one_of:  # noqa: ARG002 - the base's signature
        """Stand as it is among other conditions: written `... = 1`, SQLite would use no index for it."""
        return self


def numbers(name: str) -> BindParameter[Any]:
    """Name a list of numbers that is given when a statement is executed, for one that is built once."""
    return bindparam(name, type_=_Many(of_text=False))


@compiles(one_of, "postgresql")
def _one_of_array(element: one_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, values, *bounds = (compiler.process(clause, **kw) for clause in element.clauses)
    if not bounds:
        return f"{column} = ANY ({values})"
    return f"({column} BETWEEN {bounds[0]} AND {bounds[1]} AND {column} = ANY (ARRAY(SELECT unnest({values}))))"


@compiles(one_of, "sqlite")
def _one_of_json(element: one_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = [compiler.process(clause, **kw) for clause in element.clauses][:2]
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - compiled clauses and a bound parameter
