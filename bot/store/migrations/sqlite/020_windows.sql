-- A brief tells what came since the one before: "seen" is the newest claim that was there when an edition was made.
ALTER TABLE editions ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
UPDATE editions SET seen = (SELECT coalesce(max(id), 0) FROM claims);
