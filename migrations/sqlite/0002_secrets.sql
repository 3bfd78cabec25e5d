-- What the program signs with. It is in no event, no read model and no log line; whoever may read
-- this file can sign in the vendor's name.
CREATE TABLE secrets (
    -- What it is for, for example the public half of its pair.
    name   TEXT NOT NULL PRIMARY KEY,
    -- 32 bytes in hexadecimal digits.
    secret TEXT NOT NULL
);
