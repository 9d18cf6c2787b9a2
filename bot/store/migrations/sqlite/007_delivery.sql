-- What came of a delivery's earlier tries: which pages stand, when the last one began, and since when one is in doubt.
ALTER TABLE outbox ADD COLUMN pages TEXT NOT NULL DEFAULT '[]';
ALTER TABLE outbox ADD COLUMN began TEXT;
ALTER TABLE outbox ADD COLUMN doubt TEXT;
ALTER TABLE outbox ADD COLUMN due TEXT NOT NULL DEFAULT '';
UPDATE outbox SET due = next_at;
DROP INDEX outbox_due;
-- In the order they fell due, also those that are tried again: what is in doubt is settled while that can be done.
CREATE INDEX outbox_due ON outbox (due, id) WHERE state IN ('pending', 'sending');
CREATE INDEX outbox_sending ON outbox (address, tenant) WHERE state = 'sending';
