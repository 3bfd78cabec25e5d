-- The keys that personal data in the log is encrypted with, one per person (ADR 0073). They are
-- wrapped by a master key, which is not in the database.
CREATE TABLE person_keys (
    person  TEXT NOT NULL PRIMARY KEY,
    -- The id of the master key that has wrapped it.
    kek     TEXT NOT NULL,
    -- A nonce, the encrypted key and a tag, in hexadecimal digits; empty if the person was erased.
    wrapped TEXT NOT NULL
);
-- Which master key wraps keys now.
CREATE TABLE master_key (
    id  INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    kek TEXT NOT NULL
);
