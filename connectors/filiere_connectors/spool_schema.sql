-- The spool of a connector. A record and the row that it speaks for are written in one transaction.
CREATE TABLE identity (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    member TEXT NOT NULL,
    kid TEXT NOT NULL,
    origin TEXT NOT NULL
) STRICT;

-- One signed envelope each, in the order of the key's chain. Never deleted: a correction needs what it corrects.
CREATE TABLE record (
    seq INTEGER PRIMARY KEY,
    sha256 BLOB NOT NULL UNIQUE,
    envelope BLOB NOT NULL,
    event_id TEXT NOT NULL,
    flow TEXT NOT NULL,
    source_key TEXT NOT NULL,
    file TEXT NOT NULL,
    sheet TEXT,
    row INTEGER NOT NULL,
    spooled_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'stored', 'published', 'refused', 'discarded')),
    log_index INTEGER,
    kind TEXT,
    stored_at INTEGER,
    answer TEXT
) STRICT;
CREATE INDEX record_queued ON record (seq) WHERE state = 'queued';
CREATE INDEX record_stored ON record (log_index) WHERE state = 'stored';

-- What the rows last said: the content of their event, under which ID it went out.
CREATE TABLE source_row (
    flow TEXT NOT NULL,
    source_key TEXT NOT NULL,
    content BLOB NOT NULL,
    revision INTEGER NOT NULL,
    seq INTEGER NOT NULL REFERENCES record (seq),
    file TEXT NOT NULL,
    seen INTEGER NOT NULL,
    PRIMARY KEY (flow, source_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_row_file ON source_row (flow, file, seen);

-- Rows that give no event, or whose record the platform refused, until they are mended or discarded.
CREATE TABLE quarantined (
    number INTEGER PRIMARY KEY,
    flow TEXT NOT NULL,
    source_key TEXT NOT NULL,
    file TEXT NOT NULL,
    sheet TEXT,
    row INTEGER NOT NULL,
    code TEXT NOT NULL,
    problems TEXT NOT NULL,
    since INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    seq INTEGER,
    discarded TEXT
) STRICT;
CREATE UNIQUE INDEX quarantined_row ON quarantined (flow, file, IFNULL(sheet, ''), row);

CREATE TABLE receipt (
    number INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,
    compact TEXT NOT NULL UNIQUE
) STRICT;

-- How sending goes: failures in a row, when to try again, the last head of the log that was verified.
CREATE TABLE delivery (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    failures INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    last_error TEXT,
    log_size INTEGER NOT NULL,
    log_root BLOB,
    passes INTEGER NOT NULL
) STRICT;
INSERT INTO delivery VALUES (1, 0, 0, NULL, 0, NULL, 0);
