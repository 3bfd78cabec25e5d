-- The seal of the log (ADR 0084): an RFC 6962 tree over the events, the event at position p being its
-- leaf p − 1. All of it can be computed again from the log.

-- What the log is called, and the last checkpoint that was signed.
CREATE TABLE log_seal (
    id         SMALLINT NOT NULL PRIMARY KEY CHECK (id = 1),
    -- Part of every leaf. It never changes.
    log_id     TEXT NOT NULL,
    -- The name under which checkpoints are signed.
    origin     TEXT NOT NULL,
    -- The signed note; null until the first.
    checkpoint TEXT,
    -- Why nothing is signed; null if all is well.
    fault      TEXT
);

-- Tiles as C2SP tlog-tiles has them, of up to 256 hashes. A full one never changes.
CREATE TABLE log_tiles (
    level  BIGINT NOT NULL,
    n      BIGINT NOT NULL,
    -- One after another, 32 bytes each.
    hashes BYTEA  NOT NULL,
    PRIMARY KEY (level, n)
);
