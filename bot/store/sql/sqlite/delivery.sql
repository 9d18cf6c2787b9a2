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
