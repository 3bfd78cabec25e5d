-- What logging in needs and the log must not have, because it must be possible to forget it
-- (ADR 0070). A reader of this table can guess at passwords, but gets in nowhere.
CREATE TABLE passwords (
    password_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- Whose it is.
    person_id   TEXT COLLATE "C" NOT NULL,
    -- Argon2id, with salt and parameters.
    hash        TEXT NOT NULL
);
CREATE INDEX passwords_of_person ON passwords (person_id);
-- Codes that were sent by mail and are not used yet.
CREATE TABLE mailed_codes (
    -- SHA-256 of the code.
    code_sha256 TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    person_id   TEXT COLLATE "C" NOT NULL,
    -- Microseconds since 1970.
    expires_at  BIGINT NOT NULL,
    -- What the code is for, as JSON.
    body        TEXT NOT NULL
);
CREATE INDEX mailed_codes_by_end ON mailed_codes (expires_at);
CREATE INDEX mailed_codes_of_person ON mailed_codes (person_id);
-- When a session was last used, to the hour.
CREATE TABLE session_uses (
    session_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    person_id  TEXT COLLATE "C" NOT NULL,
    -- Microseconds since 1970.
    used_at    BIGINT NOT NULL
);
CREATE INDEX session_uses_of_person ON session_uses (person_id);
-- Attempts to get in. Each moves the moment until which its name is busy.
CREATE TABLE attempts (
    -- A hash of who attempts, and on what.
    name       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- Microseconds since 1970.
    busy_until BIGINT NOT NULL
);
CREATE INDEX attempts_by_end ON attempts (busy_until);
REVOKE ALL ON passwords, mailed_codes, session_uses, attempts FROM PUBLIC;
