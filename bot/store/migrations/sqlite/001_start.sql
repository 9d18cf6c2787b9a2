-- AUTOINCREMENT stands where a row's number is remembered elsewhere (vectors, alerts, keys of deliveries):
-- the number of a row that is gone must never come back as another's.

-- What was said. Rows without a space are open to all; the others belong to that one space.
CREATE TABLE conversations (
    id       INTEGER PRIMARY KEY,
    key      TEXT NOT NULL UNIQUE,
    hash     TEXT NOT NULL,
    show     TEXT NOT NULL,
    title    TEXT NOT NULL,
    date     TEXT NOT NULL,
    url      TEXT,
    lang     TEXT NOT NULL,
    people   TEXT NOT NULL,
    chapters TEXT NOT NULL,
    licence  TEXT NOT NULL,
    source   TEXT NOT NULL,
    space    TEXT
) STRICT;
CREATE INDEX conversations_by_date ON conversations (date);
CREATE INDEX conversations_by_show ON conversations (show);

CREATE TABLE turns (
    conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    n            INTEGER NOT NULL,
    speaker      TEXT,
    t            REAL,
    text         TEXT NOT NULL,
    PRIMARY KEY (conversation, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE passages (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    turn         INTEGER NOT NULL,
    last         INTEGER NOT NULL,
    speaker      TEXT NOT NULL,
    t            REAL,
    text         TEXT NOT NULL,
    vector       BLOB
) STRICT;
CREATE INDEX passages_of_conversation ON passages (conversation);
CREATE INDEX passages_without_vector ON passages (id) WHERE vector IS NULL;

-- "key" is the claim's public id; it outlives edits, and so does the row.
CREATE TABLE claims (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    key          TEXT NOT NULL UNIQUE,
    conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    turn         INTEGER NOT NULL,
    start        INTEGER NOT NULL,
    "end"        INTEGER NOT NULL,
    text         TEXT NOT NULL,
    quote        TEXT NOT NULL,
    speaker      TEXT NOT NULL,
    claimant     TEXT NOT NULL,
    relayers     TEXT NOT NULL,
    modality     TEXT NOT NULL,
    t            REAL,
    figures      TEXT NOT NULL,
    vector       BLOB
) STRICT;
CREATE INDEX claims_of_conversation ON claims (conversation);
CREATE INDEX claims_without_vector ON claims (id) WHERE vector IS NULL;

-- Names. A merge points one entity at another and can be undone; a pair in "apart" never merges.
CREATE TABLE entities (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    fold        TEXT NOT NULL UNIQUE,
    kind        TEXT NOT NULL,
    merged_into INTEGER REFERENCES entities (id)
) STRICT;
CREATE TABLE aliases (
    fold   TEXT PRIMARY KEY,
    alias  TEXT NOT NULL,
    entity INTEGER NOT NULL REFERENCES entities (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_of_entity ON aliases (entity);
CREATE TABLE apart (
    one   TEXT NOT NULL,
    other TEXT NOT NULL,
    PRIMARY KEY (one, other)
) STRICT, WITHOUT ROWID;
CREATE TABLE claim_entities (
    claim  INTEGER NOT NULL REFERENCES claims (id) ON DELETE CASCADE,
    entity INTEGER NOT NULL REFERENCES entities (id),
    about  INTEGER NOT NULL,
    PRIMARY KEY (claim, entity)
) STRICT, WITHOUT ROWID;
CREATE INDEX claims_of_entity ON claim_entities (entity, claim);
-- Merges are followed here, so that undoing one undoes it everywhere.
CREATE VIEW claim_names AS
SELECT claim_entities.claim, root.id AS entity, root.name, root.kind, claim_entities.about
FROM claim_entities
JOIN entities AS said ON said.id = claim_entities.entity
JOIN entities AS root ON root.id = coalesce(said.merged_into, said.id);

-- Who wants it. "seen" is the last claim a follower has heard of, or that was there before them.
CREATE TABLE follows (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant  TEXT NOT NULL,
    address TEXT NOT NULL,
    user    TEXT NOT NULL,
    entity  INTEGER NOT NULL REFERENCES entities (id),
    pace    TEXT NOT NULL,
    zone    TEXT NOT NULL,
    since   TEXT NOT NULL,
    next_at TEXT NOT NULL,
    seen    INTEGER NOT NULL,
    UNIQUE (address, entity)
) STRICT;
CREATE TABLE subscriptions (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant   TEXT NOT NULL,
    address  TEXT NOT NULL,
    user     TEXT NOT NULL,
    topic    TEXT NOT NULL,
    at_time  TEXT NOT NULL,
    zone     TEXT NOT NULL,
    days     TEXT NOT NULL,
    due      TEXT NOT NULL,
    due_date TEXT NOT NULL,
    state    TEXT NOT NULL,
    UNIQUE (address, topic)
) STRICT;
CREATE INDEX subscriptions_due ON subscriptions (due) WHERE state = 'on';

CREATE TABLE editions (
    space TEXT NOT NULL,
    topic TEXT NOT NULL,
    date  TEXT NOT NULL,
    brief TEXT NOT NULL,
    PRIMARY KEY (space, topic, date)
) STRICT, WITHOUT ROWID;
CREATE TABLE told (
    space  TEXT NOT NULL,
    topic  TEXT NOT NULL,
    date   TEXT NOT NULL,
    key    TEXT NOT NULL,
    claims TEXT NOT NULL,
    words  TEXT NOT NULL,
    PRIMARY KEY (space, topic, date, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE threads (
    address TEXT NOT NULL,
    tenant  TEXT NOT NULL,
    user    TEXT NOT NULL,
    subject TEXT NOT NULL,
    at      TEXT NOT NULL,
    PRIMARY KEY (address, user)
) STRICT, WITHOUT ROWID;
CREATE TABLE votes (
    tenant TEXT NOT NULL,
    user   TEXT NOT NULL,
    what   TEXT NOT NULL,
    helped INTEGER NOT NULL,
    at     TEXT NOT NULL,
    PRIMARY KEY (tenant, user, what)
) STRICT, WITHOUT ROWID;

-- Folders and files that are read again whenever they change.
CREATE TABLE sources (
    id     INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    user   TEXT NOT NULL,
    target TEXT NOT NULL,
    state  TEXT NOT NULL,
    read   TEXT,
    UNIQUE (tenant, target)
) STRICT;

-- Delivery: what and where, never a rendering.
CREATE TABLE outbox (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    key     TEXT NOT NULL UNIQUE,
    what    TEXT NOT NULL,
    tenant  TEXT NOT NULL,
    address TEXT NOT NULL,
    state   TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    token   INTEGER NOT NULL DEFAULT 0,
    next_at TEXT NOT NULL,
    reason  TEXT NOT NULL DEFAULT '',
    sent    TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX outbox_due ON outbox (next_at) WHERE state IN ('pending', 'sending');
CREATE TABLE inbox (
    event TEXT PRIMARY KEY,
    at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
