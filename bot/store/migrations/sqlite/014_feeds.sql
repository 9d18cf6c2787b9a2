-- Sources on the web. "due" is when one is asked next, "held" until when somebody asks it just now, fenced by "token".
-- "space" may read what comes of it, all where there is none; "told" is what its owner heard last, "tell" is 1 while there
-- is something new to hear. A login lies among the secrets.
CREATE TABLE feeds (
    id          TEXT PRIMARY KEY,
    tenant      TEXT NOT NULL,
    user        TEXT NOT NULL,
    space       TEXT,
    url         TEXT NOT NULL,
    host        TEXT NOT NULL,
    title       TEXT NOT NULL,
    locked      INTEGER NOT NULL,
    etag        TEXT NOT NULL,
    modified    TEXT NOT NULL,
    hash        TEXT NOT NULL,
    interval    INTEGER NOT NULL,
    failures    INTEGER NOT NULL,
    moved_to    TEXT NOT NULL,
    moved_count INTEGER NOT NULL,
    health      TEXT NOT NULL,
    detail      TEXT NOT NULL,
    told        TEXT NOT NULL,
    tell        INTEGER NOT NULL,
    paused      INTEGER NOT NULL,
    added       TEXT NOT NULL,
    due         TEXT NOT NULL,
    polled      TEXT,
    catalogue   INTEGER NOT NULL,
    held        TEXT NOT NULL,
    token       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX feeds_of ON feeds (tenant, url);
CREATE INDEX feeds_due ON feeds (due) WHERE paused = 0;
CREATE INDEX feeds_held ON feeds (held) WHERE held <> '';
