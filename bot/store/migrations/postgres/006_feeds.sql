-- Sources on the web. "due" is when one is asked next, "held" until when somebody asks it just now, fenced by "token".
-- "space" may read what comes of it, all where there is none; "told" is what its owner heard last, "tell" is 1 while there
-- is something new to hear. A login lies among the secrets.
CREATE TABLE feeds (
    id          TEXT COLLATE "C" PRIMARY KEY,
    tenant      TEXT COLLATE "C" NOT NULL,
    "user"      TEXT COLLATE "C" NOT NULL,
    space       TEXT COLLATE "C",
    url         TEXT COLLATE "C" NOT NULL,
    host        TEXT COLLATE "C" NOT NULL,
    title       TEXT COLLATE "C" NOT NULL,
    locked      BIGINT NOT NULL,
    etag        TEXT COLLATE "C" NOT NULL,
    modified    TEXT COLLATE "C" NOT NULL,
    hash        TEXT COLLATE "C" NOT NULL,
    "interval"  BIGINT NOT NULL,
    failures    BIGINT NOT NULL,
    moved_to    TEXT COLLATE "C" NOT NULL,
    moved_count BIGINT NOT NULL,
    health      TEXT COLLATE "C" NOT NULL,
    detail      TEXT COLLATE "C" NOT NULL,
    told        TEXT COLLATE "C" NOT NULL,
    tell        BIGINT NOT NULL,
    paused      BIGINT NOT NULL,
    added       TEXT COLLATE "C" NOT NULL,
    due         TEXT COLLATE "C" NOT NULL,
    polled      TEXT COLLATE "C",
    catalogue   BIGINT NOT NULL,
    held        TEXT COLLATE "C" NOT NULL,
    token       BIGINT NOT NULL
);
CREATE INDEX feeds_of ON feeds (tenant, url);
CREATE INDEX feeds_due ON feeds (due) WHERE paused = 0;
CREATE INDEX feeds_held ON feeds (held) WHERE held <> '';
