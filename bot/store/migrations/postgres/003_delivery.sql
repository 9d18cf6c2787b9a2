-- What came of a delivery's earlier tries: which pages stand, when the last one began, and since when one is in doubt.
ALTER TABLE outbox ADD COLUMN pages TEXT COLLATE "C" NOT NULL DEFAULT '[]';
ALTER TABLE outbox ADD COLUMN began TEXT COLLATE "C";
ALTER TABLE outbox ADD COLUMN doubt TEXT COLLATE "C";
ALTER TABLE outbox ADD COLUMN due TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE outbox SET due = next_at;
DROP INDEX outbox_due;
-- In the order they fell due, also those that are tried again: what is in doubt is settled while that can be done.
CREATE INDEX outbox_due ON outbox (due, id) WHERE state IN ('pending', 'sending');
CREATE INDEX outbox_sending ON outbox (address, tenant) WHERE state = 'sending';
CREATE INDEX outbox_standing ON outbox (split_part(address, ':', 1), state);

-- Only in a copy: when it was taken, until the bot runs on it.
CREATE TABLE copies (taken TEXT COLLATE "C" NOT NULL);

-- What one of several processes does for all, until when by its own clock; and which of them took in an event.
CREATE TABLE leases (
    name   TEXT COLLATE "C" PRIMARY KEY,
    holder TEXT COLLATE "C" NOT NULL,
    until  TEXT COLLATE "C" NOT NULL
);
ALTER TABLE inbox ADD COLUMN holder TEXT COLLATE "C" NOT NULL DEFAULT '';
