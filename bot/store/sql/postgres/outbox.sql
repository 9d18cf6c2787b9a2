-- name: put_delivery!
INSERT INTO outbox (key, what, tenant, address, state, reason, due, next_at, preferences)
VALUES (
    :key, :what, :tenant, :address, :state, :reason, :now, :now,
    (
        SELECT coalesce(CAST(json_object_agg(name, weight) AS TEXT), '{}')
        FROM (
            SELECT name, sum(weight) AS weight FROM preferences
            WHERE address = :channel AND tenant = :tenant
            GROUP BY name
            HAVING sum(weight) <> 0
        ) AS wanted
    )
)
ON CONFLICT DO NOTHING;

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
        AND substr(tenant, 1, length(CAST(:platform AS TEXT)) + 1) = CAST(:platform AS TEXT) || ':'
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
),
taken AS MATERIALIZED (
    -- What another process is taking at this moment is skipped, not waited for.
    SELECT id FROM outbox
    WHERE
        id IN (SELECT id FROM fair WHERE place <= :in_space ORDER BY due, id LIMIT :limit)
        AND state IN ('pending', 'sending')
        AND next_at <= :now
    FOR UPDATE SKIP LOCKED
)
UPDATE outbox
SET
    doubt = CASE WHEN state = 'sending' THEN coalesce(doubt, began) ELSE doubt END,
    state = 'sending', began = :now, holder = :holder, token = token + 1, attempts = attempts + 1, next_at = :lease_until
FROM taken WHERE outbox.id = taken.id
RETURNING outbox.*;
