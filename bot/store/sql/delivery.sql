-- name: put_delivery!
INSERT OR IGNORE INTO outbox (key, what, tenant, address, state, reason, next_at)
VALUES (:key, :what, :tenant, :address, :state, :reason, :now);

-- name: claim_deliveries
UPDATE outbox SET state = 'sending', token = token + 1, attempts = attempts + 1, next_at = :lease_until
WHERE id IN (
    SELECT id FROM outbox
    WHERE
        state IN ('pending', 'sending')
        AND next_at <= :now
        AND (:platforms IS NULL OR substr(address, 1, instr(address, ':') - 1) IN (SELECT value FROM json_each(:platforms)))
    ORDER BY next_at, id LIMIT :limit
)
RETURNING *;

-- name: settle_delivery!
UPDATE outbox SET state = :state, reason = :reason, sent = :sent
WHERE id = :id AND token = :token AND state = 'sending';

-- name: retry_delivery!
UPDATE outbox SET state = 'pending', reason = :reason, next_at = :next_at, attempts = attempts - (NOT :counts)
WHERE id = :id AND token = :token AND state = 'sending';

-- name: deliveries_in
SELECT * FROM outbox
WHERE tenant = :tenant AND state IN (SELECT value FROM json_each(:states)) ORDER BY id DESC LIMIT 100;

-- name: accept_event
INSERT OR IGNORE INTO inbox (event, payload, at) VALUES (:event, :payload, :at) RETURNING event;

-- name: note_event!
UPDATE inbox SET payload = :payload WHERE event = :event AND payload IS NOT NULL;

-- name: finish_event!
UPDATE inbox SET payload = NULL WHERE event = :event;

-- name: unfinished_events
SELECT event, payload FROM inbox
WHERE payload IS NOT NULL AND at >= :since AND substr(event, 1, length(:platform) + 1) = :platform || ':'
ORDER BY at;

-- name: tidy_inbox!
DELETE FROM inbox WHERE at < :before;

-- name: tidy_outbox!
DELETE FROM outbox WHERE state IN ('sent', 'failed') AND next_at < :before;
