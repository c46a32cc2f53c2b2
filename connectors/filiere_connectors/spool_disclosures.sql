-- Disclosures that stay with the company: written with their record, or their fields could never be read by anybody.
CREATE TABLE IF NOT EXISTS kept_disclosure (
    digest BLOB PRIMARY KEY,
    seq INTEGER NOT NULL REFERENCES record (seq),
    pointer TEXT NOT NULL,
    disclosure BLOB NOT NULL,
    disclosed_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS kept_disclosure_record ON kept_disclosure (seq);
