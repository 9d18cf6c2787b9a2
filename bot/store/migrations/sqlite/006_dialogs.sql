-- What a platform sent, until it is dealt with.
ALTER TABLE inbox ADD COLUMN payload TEXT;
CREATE INDEX inbox_unfinished ON inbox (at) WHERE payload IS NOT NULL;

-- What one person was told alone, for them to show to the others.
CREATE TABLE replies (
    id      TEXT PRIMARY KEY,
    tenant  TEXT NOT NULL,
    user    TEXT NOT NULL,
    message TEXT NOT NULL,
    at      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
