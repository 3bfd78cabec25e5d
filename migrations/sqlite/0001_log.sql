-- The event log: one row per event, in commit order, for ever.

CREATE TABLE events (
    -- Dense: 1, 2, 3 … in commit order, given out under the write lock.
    position       INTEGER NOT NULL PRIMARY KEY,
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    sequence       BIGINT  NOT NULL,
    event_type     TEXT    NOT NULL,
    event_version  TEXT    NOT NULL,
    payload        TEXT    NOT NULL,
    metadata       TEXT    NOT NULL,
    -- On the first event of a numbered aggregate: the how-many-th of its type it is.
    serial         BIGINT,
    CONSTRAINT events_sequence UNIQUE (aggregate_type, aggregate_id, sequence)
);
CREATE UNIQUE INDEX events_serial ON events (aggregate_type, serial) WHERE serial IS NOT NULL;

-- The position of the last event.
CREATE TABLE log_head (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    position BIGINT  NOT NULL
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
    command_id     BLOB   NOT NULL PRIMARY KEY,
    fingerprint    BIGINT NOT NULL,
    aggregate_id   TEXT   NOT NULL,
    -- 0 where nothing was recorded.
    first_position BIGINT NOT NULL,
    last_position  BIGINT NOT NULL,
    -- Why it was refused, where it was.
    refusal        TEXT
) WITHOUT ROWID;

CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: UPDATE on events is refused');
END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: DELETE on events is refused');
END;
-- An INSERT OR REPLACE would delete without firing the trigger above, so it is refused as well,
-- whichever unique value the row in its way has.
CREATE TRIGGER events_no_replace BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE position = NEW.position)
  OR EXISTS (SELECT 1 FROM events WHERE aggregate_type = NEW.aggregate_type
             AND aggregate_id = NEW.aggregate_id AND sequence = NEW.sequence)
  OR EXISTS (SELECT 1 FROM events WHERE aggregate_type = NEW.aggregate_type
             AND serial = NEW.serial) BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: REPLACE on events is refused');
END;
CREATE TRIGGER log_commands_no_replace BEFORE INSERT ON log_commands
WHEN EXISTS (SELECT 1 FROM log_commands WHERE command_id = NEW.command_id) BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: REPLACE on log_commands is refused');
END;
CREATE TRIGGER log_commands_no_update BEFORE UPDATE ON log_commands BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: UPDATE on log_commands is refused');
END;
CREATE TRIGGER log_commands_no_delete BEFORE DELETE ON log_commands BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: DELETE on log_commands is refused');
END;

-- Where each projection stands.
CREATE TABLE projection_checkpoints (
    name     TEXT   NOT NULL PRIMARY KEY,
    -- The version of the code that built the rows.
    version  BIGINT NOT NULL,
    position BIGINT NOT NULL,
    -- Why it stopped, where it did.
    fault    TEXT
);
