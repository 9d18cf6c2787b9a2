-- name: put_delivery!
INSERT INTO outbox (key, what, tenant, address, state, reason, next_at)
VALUES (:key, :what, :tenant, :address, :state, :reason, :now)
ON CONFLICT DO NOTHING;

-- name: settle_delivery!
UPDATE outbox SET state = :state, reason = :reason, sent = :sent
WHERE id = :id AND token = :token AND state = 'sending';

-- name: retry_delivery!
UPDATE outbox SET state = 'pending', reason = :reason, next_at = :next_at, attempts = attempts - CASE WHEN :counts THEN 0 ELSE 1 END
WHERE id = :id AND token = :token AND state = 'sending';

-- name: deliveries_in
SELECT * FROM outbox
WHERE tenant = :tenant AND state IN (SELECT value FROM json_each(:states)) ORDER BY id DESC LIMIT 100;

-- name: accept_event
INSERT INTO inbox (event, payload, at) VALUES (:event, :payload, :at) ON CONFLICT DO NOTHING RETURNING event;

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
