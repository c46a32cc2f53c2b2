-- The inbox: which events were handed over, which were rejected, and how far a stream over HTTPS was read.
PRAGMA application_id = 1179208777;  -- "FIL" and 9
CREATE TABLE handled (
    source TEXT NOT NULL,
    id     TEXT NOT NULL,
    at     INTEGER NOT NULL,  -- microseconds since 1970
    PRIMARY KEY (source, id)
) WITHOUT ROWID;
CREATE TABLE rejected (
    number    INTEGER PRIMARY KEY,
    source    TEXT NOT NULL,
    id        TEXT NOT NULL,
    event     TEXT NOT NULL,  -- the CloudEvent, JSON
    reason    TEXT NOT NULL,
    since     INTEGER NOT NULL,
    discarded TEXT,           -- why it was set aside for good
    UNIQUE (source, id)
);
CREATE TABLE place (
    only     INTEGER PRIMARY KEY CHECK (only = 1),
    position TEXT NOT NULL
);
PRAGMA user_version = 1;
