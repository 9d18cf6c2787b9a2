-- What came of a delivery's earlier tries: which pages stand, when the last one began, and since when one is in doubt.
ALTER TABLE outbox ADD COLUMN pages TEXT NOT NULL DEFAULT '[]';
ALTER TABLE outbox ADD COLUMN began TEXT;
ALTER TABLE outbox ADD COLUMN doubt TEXT;
CREATE INDEX outbox_sending ON outbox (address, tenant) WHERE state = 'sending';
