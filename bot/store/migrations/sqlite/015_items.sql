-- What feeds have shown. "space" is the one that may read it, '' where all may; "conversation" is the key of what it
-- tells, which several items may tell. "due" is when it is to be read, '' once it was; until then "payload" holds it.
CREATE TABLE items (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    space        TEXT NOT NULL,
    feed         TEXT NOT NULL,
    conversation TEXT NOT NULL,
    hash         TEXT NOT NULL,
    url          TEXT NOT NULL,
    title        TEXT NOT NULL,
    fold         TEXT NOT NULL,
    day          TEXT NOT NULL,
    lasts        REAL,
    first_seen   TEXT NOT NULL,
    last_seen    TEXT NOT NULL,
    gone         TEXT NOT NULL DEFAULT '',
    backlog      INTEGER NOT NULL DEFAULT 0,
    kind         TEXT NOT NULL DEFAULT '',
    why          TEXT NOT NULL DEFAULT '',
    due          TEXT NOT NULL,
    payload      TEXT NOT NULL
) STRICT;
CREATE INDEX items_of_conversation ON items (conversation);
CREATE INDEX items_due ON items (backlog, day, id) WHERE due <> '';

-- All that an item was ever known by.
CREATE TABLE item_keys (
    key  TEXT NOT NULL,
    item INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    PRIMARY KEY (key, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_of_item ON item_keys (item);

-- A few words in a row of each text, as hashes: two texts that share many of them are one.
CREATE TABLE shingles (
    hash         TEXT NOT NULL,
    conversation TEXT NOT NULL,
    space        TEXT NOT NULL,
    PRIMARY KEY (hash, conversation)
) STRICT, WITHOUT ROWID;
CREATE INDEX shingles_of_conversation ON shingles (conversation);
