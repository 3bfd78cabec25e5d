-- What background work keeps its hands off, and until when (ADR 0058). An import holds the tickets
-- of its file while it runs.
CREATE TABLE holds (
    -- Whose hold it is.
    name       TEXT NOT NULL PRIMARY KEY,
    -- Microseconds since 1970.
    held_until BIGINT NOT NULL
);
CREATE TABLE held_requests (
    request_id TEXT NOT NULL,
    hold       TEXT NOT NULL,
    PRIMARY KEY (request_id, hold)
);
CREATE INDEX held_requests_of_hold ON held_requests (hold);
