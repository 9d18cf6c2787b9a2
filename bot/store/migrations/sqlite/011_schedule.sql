-- When the next run was worked out (a clock that shows less was set back since), and since when one is known to be paused.
ALTER TABLE subscriptions ADD COLUMN planned TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN since TEXT NOT NULL DEFAULT '';

-- Readers of the same material, who were told the same before, are in one "line" and take one edition: "shared" names
-- the row that has it, under a space that is nobody's.
ALTER TABLE editions ADD COLUMN line TEXT NOT NULL DEFAULT '';
ALTER TABLE editions ADD COLUMN shared TEXT;
CREATE INDEX editions_of_line ON editions (line, topic, date) WHERE line <> '';

-- "newest" is the last claim a follower wants to hear of, "state" is 'on' or why nothing is sent.
ALTER TABLE follows ADD COLUMN newest INTEGER NOT NULL DEFAULT 0;
ALTER TABLE follows ADD COLUMN state TEXT NOT NULL DEFAULT 'on';
CREATE INDEX follows_with_news ON follows (address) WHERE newest > seen;
-- The last claim that was held against what is followed: one row.
CREATE TABLE heard (claim INTEGER NOT NULL) STRICT;
INSERT INTO heard (claim)
SELECT coalesce((SELECT min(seen) FROM follows), (SELECT max(id) FROM claims), 0);

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
-- Alerts that are on their way name what they tell in a way that is no longer read.
UPDATE outbox SET state = 'failed', reason = 'the bot was updated meanwhile'
WHERE what LIKE 'alert %/%' AND state IN ('pending', 'sending');
