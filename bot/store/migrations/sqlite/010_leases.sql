-- What one of several processes does for all, until when by its own clock; and which of them took in an event.
CREATE TABLE leases (
    name   TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
ALTER TABLE inbox ADD COLUMN holder TEXT NOT NULL DEFAULT '';
