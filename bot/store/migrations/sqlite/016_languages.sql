-- The language in which a channel, or somebody in direct messages, wants to be told things.
CREATE TABLE languages (
    address  TEXT PRIMARY KEY,
    tenant   TEXT NOT NULL,
    "user"   TEXT NOT NULL,
    language TEXT NOT NULL
) STRICT, WITHOUT ROWID;
