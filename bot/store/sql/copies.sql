-- name: mark_copy!
-- A copy of a copy that nobody ran is as old as the first.
INSERT INTO copies (taken) SELECT CAST(:taken AS TEXT) WHERE NOT EXISTS (SELECT 1 FROM copies);

-- name: copy_taken^
SELECT taken FROM copies;

-- name: drop_mark!
DELETE FROM copies;

-- name: doubt_deliveries!
UPDATE outbox SET state = 'unknown', reason = :reason
WHERE state = 'sending' OR (state = 'pending' AND next_at <= :now);

-- name: finish_events!
UPDATE inbox SET payload = NULL WHERE payload IS NOT NULL;

-- name: count_copied^
SELECT
    (SELECT count(*) FROM conversations) AS conversations,
    (SELECT count(*) FROM claims) AS claims,
    (SELECT count(*) FROM subscriptions) AS subscriptions,
    (SELECT count(*) FROM outbox) AS deliveries;
