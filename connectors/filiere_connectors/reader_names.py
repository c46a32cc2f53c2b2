"""The words that a flow may say after `as`; docs/flows.md says what each reads."""

READERS = (
    "code",
    "date",
    "datetime",
    "decimal",
    "gln",
    "gtin",
    "lot",
    "sscc",
    "text",
    "time",
    "uri",
)
