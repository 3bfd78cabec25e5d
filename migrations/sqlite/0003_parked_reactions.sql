-- Reactions that could not be done. They wait here and are tried again, while the follower of the
-- log goes on with everything else. Both tables vouch for the checkpoint `reactions`: what is
-- before it and not here was done.

-- What reactions are ordered by, for example a customer's support account, where one is parked.
CREATE TABLE parked_keys (
    ordering_key    TEXT   NOT NULL PRIMARY KEY,
    -- Why the first reaction that waits could not be done.
    fault           TEXT   NOT NULL,
    -- How often it was tried.
    attempts        BIGINT NOT NULL,
    -- Moments, in microseconds since 1970.
    parked_at       BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL
);

-- The reactions that wait, in the order of their events.
CREATE TABLE parked_reactions (
    ordering_key TEXT   NOT NULL REFERENCES parked_keys (ordering_key),
    -- The event's position.
    position     BIGINT NOT NULL,
    reaction     TEXT   NOT NULL,
    PRIMARY KEY (ordering_key, position, reaction)
);
