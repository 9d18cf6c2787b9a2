-- name: put_delivery!
INSERT OR IGNORE INTO outbox (key, what, tenant, address, state, reason, due, next_at)
VALUES (:key, :what, :tenant, :address, :state, :reason, :now, :now);

-- name: claim_deliveries
-- One of an address at a time, and so many of a space; what another sender holds counts too. Only the oldest few hundred
-- are looked at: among them is one that can be taken, if any can.
WITH held AS (
    SELECT address, tenant FROM outbox WHERE state = 'sending' AND next_at > :now
),
waiting AS (
    SELECT id, tenant, address, due
    FROM outbox
    WHERE
        state IN ('pending', 'sending')
        AND next_at <= :now
        AND substr(tenant, 1, length(:platform) + 1) = :platform || ':'
        AND address NOT IN (SELECT address FROM held)
        AND address NOT IN (SELECT value FROM json_each(:skip))
        AND tenant NOT IN (SELECT value FROM json_each(:skip))
        AND tenant NOT IN (SELECT tenant FROM held GROUP BY tenant HAVING count(*) >= :in_space)
    ORDER BY due, id
    LIMIT 256
),
first AS (
    SELECT id, tenant, due, row_number() OVER (PARTITION BY address ORDER BY due, id) AS place FROM waiting
),
fair AS (
    SELECT
        id, due,
        row_number() OVER (PARTITION BY tenant ORDER BY due, id)
        + (SELECT count(*) FROM held WHERE held.tenant = first.tenant) AS place
    FROM first WHERE place = 1
)
UPDATE outbox
SET
    doubt = CASE WHEN state = 'sending' THEN coalesce(doubt, began) ELSE doubt END,
    state = 'sending', began = :now, token = token + 1, attempts = attempts + 1, next_at = :lease_until
WHERE id IN (SELECT id FROM fair WHERE place <= :in_space ORDER BY due, id LIMIT :limit)
RETURNING *;

-- name: renew_delivery*!
UPDATE outbox SET next_at = :until WHERE id = :id AND token = :token AND state = 'sending';

-- name: note_pages!
UPDATE outbox SET pages = :pages WHERE id = :id AND token = :token AND state = 'sending';

-- name: settle_delivery!
UPDATE outbox SET state = :state, reason = :reason, sent = :sent
WHERE id = :id AND token = :token AND state = 'sending';

-- name: retry_delivery!
UPDATE outbox
SET
    state = 'pending', reason = :reason, next_at = :next_at, attempts = attempts - :uncounted,
    doubt = CASE WHEN :doubtful = 1 THEN coalesce(doubt, began) ELSE doubt END
WHERE id = :id AND token = :token AND state = 'sending';

-- name: resend_delivery!
UPDATE outbox SET state = 'pending', reason = '', next_at = :now, attempts = 0, doubt = NULL
WHERE id = :id AND state IN ('failed', 'unknown');

-- name: deliveries_in
SELECT * FROM outbox
WHERE (:tenant IS NULL OR tenant = :tenant) AND state IN (SELECT value FROM json_each(:states))
ORDER BY id DESC LIMIT 100;

-- name: accept_event
INSERT INTO inbox (event, payload, at, holder) VALUES (:event, :payload, :at, :holder)
ON CONFLICT DO NOTHING RETURNING event;

-- name: note_event!
UPDATE inbox SET payload = :payload WHERE event = :event AND payload IS NOT NULL;

-- name: finish_event!
UPDATE inbox SET payload = NULL WHERE event = :event;

-- name: holders_gone
-- Those who took in what is unfinished, and whose lease is over; and oneself.
SELECT DISTINCT holder FROM inbox
WHERE
    payload IS NOT NULL AND at >= :since AND substr(event, 1, length(:platform) + 1) = :platform || ':'
    AND (holder = :holder OR NOT EXISTS (
        SELECT 1 FROM leases WHERE leases.name = :living || inbox.holder AND leases.until > :now
    ));

-- name: take_over_events
-- The row says who was first, where several take over from the same one.
UPDATE inbox SET holder = :holder
WHERE
    holder = :gone
    AND payload IS NOT NULL AND at >= :since AND substr(event, 1, length(:platform) + 1) = :platform || ':'
RETURNING event, payload, at;

-- name: tidy_inbox!
DELETE FROM inbox WHERE at < :before;

-- name: tidy_outbox!
DELETE FROM outbox WHERE state IN ('sent', 'failed') AND next_at < :before;
