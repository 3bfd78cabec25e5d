-- The event log: one row per event, in commit order, for ever.

CREATE TABLE events (
    -- Dense: 1, 2, 3 … in commit order, given out under the lock of log_head.
    position       BIGINT NOT NULL PRIMARY KEY,
    -- Compared byte by byte, whatever the server's language.
    aggregate_type TEXT   COLLATE "C" NOT NULL,
    aggregate_id   TEXT   COLLATE "C" NOT NULL,
    sequence       BIGINT NOT NULL,
    event_type     TEXT   NOT NULL,
    event_version  TEXT   NOT NULL,
    -- json, not jsonb: the exact bytes stay.
    payload        JSON   NOT NULL,
    metadata       JSON   NOT NULL,
    -- On the first event of a numbered aggregate: the how-many-th of its type it is.
    serial         BIGINT,
    CONSTRAINT events_sequence UNIQUE (aggregate_type, aggregate_id, sequence)
);
-- Only over numbered aggregates' first events, so that the others need not be in it.
CREATE UNIQUE INDEX events_serial ON events (aggregate_type, serial) WHERE serial IS NOT NULL;

-- The position of the last event. Whoever appends holds this row's lock.
CREATE TABLE log_head (
    id       SMALLINT NOT NULL PRIMARY KEY CHECK (id = 1),
    position BIGINT   NOT NULL
);
INSERT INTO log_head (id, position) VALUES (1, 0);

-- The last serial given out, per aggregate type that is numbered.
CREATE TABLE log_serials (
    aggregate_type TEXT   NOT NULL PRIMARY KEY,
    last           BIGINT NOT NULL
);

-- The outcome of every command that was answered, so that a repeat gets the same answer and a
-- lost connection can be resolved.
CREATE TABLE log_commands (
    command_id     UUID   NOT NULL PRIMARY KEY,
    fingerprint    BIGINT NOT NULL,
    aggregate_id   TEXT   NOT NULL,
    -- 0 where nothing was recorded.
    first_position BIGINT NOT NULL,
    last_position  BIGINT NOT NULL,
    -- Why it was refused, where it was.
    refusal        TEXT
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END;
$$;

CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_commands_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_commands
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Also where a superuser has switched ordinary triggers off for a session.
ALTER TABLE events ENABLE ALWAYS TRIGGER events_append_only;
ALTER TABLE log_commands ENABLE ALWAYS TRIGGER log_commands_append_only;

-- Where each projection stands.
CREATE TABLE projection_checkpoints (
    name     TEXT   NOT NULL PRIMARY KEY,
    -- The version of the code that built the rows.
    version  BIGINT NOT NULL,
    position BIGINT NOT NULL,
    -- Why it stopped, where it did.
    fault    TEXT
);
