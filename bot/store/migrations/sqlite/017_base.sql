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
    text         TEXT NOT NULL
) STRICT;
CREATE INDEX passages_of_conversation ON passages (conversation);

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
    figures      TEXT NOT NULL
) STRICT;
CREATE INDEX claims_of_conversation ON claims (conversation);

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
-- "newest" is the last claim a follower wants to hear of, "state" is 'on' or why nothing is sent.
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
    newest  INTEGER NOT NULL DEFAULT 0,
    state   TEXT NOT NULL DEFAULT 'on',
    UNIQUE (address, entity)
) STRICT;

-- When the next run was worked out (a clock that shows less was set back since), and since when one is known to be paused.
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
    planned  TEXT NOT NULL DEFAULT '',
    since    TEXT NOT NULL DEFAULT '',
    UNIQUE (address, topic)
) STRICT;
CREATE INDEX subscriptions_due ON subscriptions (due) WHERE state = 'on';

-- Readers of the same material, who were told the same before, are in one "line" and take one edition: "shared" names
-- the row that has it, under a space that is nobody's.
CREATE TABLE editions (
    space TEXT NOT NULL,
    topic TEXT NOT NULL,
    date  TEXT NOT NULL,
    brief TEXT NOT NULL,
    line  TEXT NOT NULL DEFAULT '',
    shared TEXT,
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
-- What came of a delivery's earlier tries: which pages stand, when the last one began, and since when one is in doubt.
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
    sent    TEXT NOT NULL DEFAULT '',
    pages   TEXT NOT NULL DEFAULT '[]',
    began   TEXT,
    doubt   TEXT,
    due     TEXT NOT NULL DEFAULT ''
) STRICT;

-- What a platform sent, until it is dealt with.
CREATE TABLE inbox (
    event TEXT PRIMARY KEY,
    at    TEXT NOT NULL,
    payload TEXT,
    holder  TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- What search reads: one view and one full-text index over each of passages and claims.
-- The indexes hold no text of their own; rows go in and out through the statements in sql/index.sql.
CREATE INDEX conversations_private ON conversations (space) WHERE space IS NOT NULL;

CREATE VIEW passage_words AS
SELECT
    passages.id, passages.conversation, passages.turn, passages.last, passages.text,
    (
        SELECT group_concat(DISTINCT turns.speaker) FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN passages.turn AND passages.last
    ) AS speaker,
    conversations.title, conversations.show, conversations.date, conversations.key, conversations.space
FROM passages JOIN conversations ON conversations.id = passages.conversation;

CREATE VIRTUAL TABLE passages_fts USING fts5 (
    text, speaker, title, show,
    content = 'passage_words', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);
INSERT INTO passages_fts (passages_fts, rank) VALUES ('hashsize', 16777216);
INSERT INTO passages_fts (passages_fts, rank) VALUES ('rank', 'bm25(1.0, 0.5, 1.0, 0.5)');

CREATE VIEW claim_words AS
SELECT
    claims.id, claims.conversation, claims.text || ' ' || claims.quote AS text,
    claims.speaker || ', ' || claims.claimant AS speaker,
    conversations.title, conversations.show, conversations.date, conversations.key, conversations.space
FROM claims JOIN conversations ON conversations.id = claims.conversation;

CREATE VIRTUAL TABLE claims_fts USING fts5 (
    text, speaker, title, show,
    content = 'claim_words', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);
INSERT INTO claims_fts (claims_fts, rank) VALUES ('hashsize', 16777216);
INSERT INTO claims_fts (claims_fts, rank) VALUES ('rank', 'bm25(1.0, 0.5, 1.0, 0.5)');

-- Vectors in tables of their own: those of several makers lie side by side, as only one maker's compare. "made" says
-- what is new since somebody last looked, in whatever order rows were taken.
CREATE TABLE vectors_of_passages (
    made   INTEGER PRIMARY KEY AUTOINCREMENT,
    maker  TEXT NOT NULL,
    id     INTEGER NOT NULL REFERENCES passages (id) ON DELETE CASCADE,
    vector BLOB NOT NULL,
    UNIQUE (id, maker)
) STRICT;

CREATE TABLE vectors_of_claims (
    made   INTEGER PRIMARY KEY AUTOINCREMENT,
    maker  TEXT NOT NULL,
    id     INTEGER NOT NULL REFERENCES claims (id) ON DELETE CASCADE,
    vector BLOB NOT NULL,
    UNIQUE (id, maker)
) STRICT;

-- What others entrusted to us: names in clear, values encrypted with a key that is not in this file.
CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_unfinished ON inbox (at) WHERE payload IS NOT NULL;

-- What one person was told alone, for them to show to the others.
CREATE TABLE replies (
    id      TEXT PRIMARY KEY,
    tenant  TEXT NOT NULL,
    user    TEXT NOT NULL,
    message TEXT NOT NULL,
    at      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- In the order they fell due, also those that are tried again: what is in doubt is settled while that can be done.
CREATE INDEX outbox_due ON outbox (due, id) WHERE state IN ('pending', 'sending');
CREATE INDEX outbox_sending ON outbox (address, tenant) WHERE state = 'sending';

-- Only in a copy: when it was taken, until the bot runs on it.
CREATE TABLE copies (taken TEXT NOT NULL) STRICT;

-- Deliveries are counted by platform and state whenever somebody asks how things stand. The platform is first, or
-- what is due would be looked for here, too.
CREATE INDEX outbox_standing ON outbox (substr(address, 1, instr(address, ':') - 1), state);

-- What one of several processes does for all, until when by its own clock; and which of them took in an event.
CREATE TABLE leases (
    name   TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX editions_of_line ON editions (line, topic, date) WHERE line <> '';
CREATE INDEX follows_with_news ON follows (address) WHERE newest > seen;

-- The last claim that was held against what is followed: one row.
CREATE TABLE heard (claim INTEGER NOT NULL) STRICT;
INSERT INTO heard (claim) VALUES (0);

-- Quiet hours of whoever follows from an address, and until when news is held there.
CREATE TABLE listeners (
    address    TEXT PRIMARY KEY,
    tenant     TEXT NOT NULL,
    user       TEXT NOT NULL,
    zone       TEXT NOT NULL,
    quiet_from TEXT NOT NULL,
    quiet_to   TEXT NOT NULL,
    held       TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What one message told: for each follow, the claims after one and up to another.
CREATE TABLE alerts (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant  TEXT NOT NULL,
    address TEXT NOT NULL,
    at      TEXT NOT NULL
) STRICT;
CREATE INDEX alerts_at ON alerts (address, at);

CREATE TABLE alerted (
    alert  INTEGER NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    follow INTEGER NOT NULL REFERENCES follows (id) ON DELETE CASCADE,
    after  INTEGER NOT NULL,
    until  INTEGER NOT NULL,
    PRIMARY KEY (alert, follow)
) STRICT, WITHOUT ROWID;
CREATE INDEX alerted_follows ON alerted (follow);

-- What is read of a passage and of a claim, whole: where engines word it differently, they do so here.
CREATE VIEW whole_passages AS
SELECT
    passages.id, passages.turn, passages.last, passages.speaker, passages.t, passages.text,
    conversations.key, conversations.show, conversations.title, conversations.date, conversations.url,
    conversations.space,
    (
        SELECT json_group_array(turns.speaker) FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN passages.turn AND passages.last
    ) AS speakers
FROM passages JOIN conversations ON conversations.id = passages.conversation;

CREATE VIEW whole_claims AS
SELECT
    claims.id, claims.key, claims.turn, claims.start, claims."end", claims.text, claims.quote, claims.speaker,
    claims.claimant, claims.relayers, claims.modality, claims.t, claims.figures,
    conversations.key AS conversation_key, conversations.show, conversations.title, conversations.date,
    conversations.url, conversations.space,
    (
        SELECT json_group_array(json_array(name, kind, about)) FROM claim_names WHERE claim_names.claim = claims.id
    ) AS entities
FROM conversations JOIN claims ON claims.conversation = conversations.id;

-- What asking a language model cost, in billionths of a US dollar: by UTC day, by who pays and what for.
CREATE TABLE spending (
    day     TEXT NOT NULL,
    pot     TEXT NOT NULL,
    space   TEXT NOT NULL,
    user    TEXT NOT NULL,
    purpose TEXT NOT NULL,
    model   TEXT NOT NULL,
    calls   INTEGER NOT NULL,
    input   INTEGER NOT NULL,
    cached  INTEGER NOT NULL,
    output  INTEGER NOT NULL,
    cost    INTEGER NOT NULL,
    PRIMARY KEY (day, space, user, pot, purpose, model)
) STRICT, WITHOUT ROWID;

-- What is set aside for calls under way; one that is never settled counts until a moment.
CREATE TABLE reserved (
    id     TEXT PRIMARY KEY,
    day    TEXT NOT NULL,
    pot    TEXT NOT NULL,
    space  TEXT NOT NULL,
    user   TEXT NOT NULL,
    amount INTEGER NOT NULL,
    until  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What a language model returned, as JSON, by a hash of what it was asked; what comes of a space's own text is that space's.
CREATE TABLE completions (
    space TEXT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    at    TEXT NOT NULL,
    PRIMARY KEY (space, key)
) STRICT;
CREATE INDEX completions_at ON completions (at);

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

-- The language in which a channel, or somebody in direct messages, wants to be told things.
CREATE TABLE languages (
    address  TEXT PRIMARY KEY,
    tenant   TEXT NOT NULL,
    "user"   TEXT NOT NULL,
    language TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Who noted which conversation of a space, and when; by that it is forgotten. The row is there before what it is about.
CREATE TABLE notes (
    conversation TEXT PRIMARY KEY,
    tenant       TEXT NOT NULL,
    "user"       TEXT NOT NULL,
    at           TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX notes_by_age ON notes (at);
