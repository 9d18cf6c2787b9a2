-- name: renew_delivery*!
UPDATE outbox SET next_at = :until WHERE id = :id AND token = :token AND state = 'sending';

-- name: senders
SELECT DISTINCT holder FROM outbox WHERE state = 'sending' AND next_at > :until;

-- name: release_held!
UPDATE outbox SET next_at = :until WHERE state = 'sending' AND holder = :holder AND next_at > :until;

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
WHERE (CAST(:tenant AS TEXT) IS NULL OR tenant = :tenant) AND state IN (SELECT value FROM json_each(:states))
ORDER BY id DESC LIMIT 100;

-- name: delivery_state^
SELECT state FROM outbox WHERE key = :key;

-- name: accept_event
INSERT INTO inbox (event, payload, at, holder) VALUES (:event, :payload, :at, :holder)
ON CONFLICT DO NOTHING RETURNING event;

-- name: note_event!
UPDATE inbox SET payload = :payload WHERE event = :event AND payload IS NOT NULL;

-- name: finish_event!
UPDATE inbox SET payload = NULL WHERE event = :event;

-- name: record_answer!
INSERT INTO inbox (event, at, holder, answer) VALUES (:event, :at, :holder, :answer)
ON CONFLICT (event) DO UPDATE SET answer = excluded.answer;

-- name: forget_answer!
UPDATE inbox SET answer = NULL WHERE event = :event;

-- name: earlier_answers
SELECT event, answer FROM inbox
WHERE event >= :question AND event < :event AND answer IS NOT NULL ORDER BY event;

-- name: answered
SELECT event FROM inbox
WHERE event >= :question AND event < :end AND (answer IS NOT NULL OR payload IS NOT NULL) LIMIT 1;

-- name: later_changes
SELECT event FROM inbox WHERE event > :event AND event < :end LIMIT 1;

-- name: holders_gone
-- Those who took in what is unfinished, and whose lease is over; and oneself.
SELECT DISTINCT holder FROM inbox
WHERE
    payload IS NOT NULL AND at >= :since AND substr(event, 1, length(CAST(:platform AS TEXT)) + 1) = CAST(:platform AS TEXT) || ':'
    AND (holder = :holder OR NOT EXISTS (
        SELECT 1 FROM leases WHERE leases.name = CAST(:living AS TEXT) || inbox.holder AND leases.until > :now
    ));

-- name: take_over_events
-- The row says who was first, where several take over from the same one.
UPDATE inbox SET holder = :holder
WHERE
    holder = :gone
    AND payload IS NOT NULL AND at >= :since AND substr(event, 1, length(CAST(:platform AS TEXT)) + 1) = CAST(:platform AS TEXT) || ':'
RETURNING event, payload, at;

-- name: tidy_inbox!
DELETE FROM inbox WHERE at < :before;

-- name: tidy_outbox!
DELETE FROM outbox WHERE state IN ('sent', 'failed') AND next_at < :before;
