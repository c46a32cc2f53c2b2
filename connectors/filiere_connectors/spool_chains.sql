-- Where the chain of another key begins: its seq 1 is the record behind `after_seq`.
CREATE TABLE chain (
    after_seq INTEGER PRIMARY KEY,
    kid TEXT NOT NULL
) STRICT;
