-- name: claim_deliveries
-- What another process is taking at this moment is skipped, not waited for.
WITH due AS MATERIALIZED (
    SELECT id FROM outbox
    WHERE
        state IN ('pending', 'sending')
        AND next_at <= :now
        AND (CAST(:platforms AS TEXT) IS NULL OR split_part(address, ':', 1) IN (SELECT value FROM json_each(:platforms)))
    ORDER BY next_at, id LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
UPDATE outbox SET state = 'sending', token = token + 1, attempts = attempts + 1, next_at = :lease_until
FROM due WHERE outbox.id = due.id
RETURNING outbox.*;
