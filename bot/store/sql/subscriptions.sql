-- name: put_subscription^
INSERT INTO subscriptions (
    tenant, address, "user", topic, at_time, zone, days, due, due_date, state, since, planned,
    user_name, changed_by, changed_name
) VALUES (
    :tenant, :address, :user, :topic, :at_time, :zone, :days, :due, :due_date, 'on', '', :planned,
    :user_name, :changed_by, :changed_name
)
ON CONFLICT (address, topic) DO UPDATE SET
    "user" = excluded."user", user_name = excluded.user_name,
    changed_by = excluded.changed_by, changed_name = excluded.changed_name, at_time = excluded.at_time, zone = excluded.zone, days = excluded.days,
    due = excluded.due, due_date = excluded.due_date, state = excluded.state, since = excluded.since,
    planned = excluded.planned
RETURNING *;

-- name: change_subscription^
UPDATE subscriptions SET
    "user" = :user, user_name = :user_name, changed_by = :changed_by, changed_name = :changed_name,
    at_time = :at_time, zone = :zone, days = :days, due = :due, due_date = :due_date, planned = :planned
WHERE id = :id AND tenant = :tenant AND address = :address AND topic = :topic
RETURNING *;

-- name: subscription_to^
SELECT * FROM subscriptions WHERE address = :address AND topic = :topic;

-- name: subscription_by_id^
SELECT * FROM subscriptions
WHERE
    id = :id
    AND (
        tenant = :tenant
        OR EXISTS (
            SELECT 1 FROM outbox
            WHERE
                outbox.key = 'paused/' || subscriptions.id || '/' || subscriptions.due_date
                AND outbox.address = :address
        )
    );

-- name: oldest_subscription^
SELECT * FROM subscriptions
WHERE
    state = 'on' AND "user" <> ''
    AND EXISTS (
        SELECT 1 FROM json_each(:platforms) WHERE substr(tenant, 1, length(value) + 1) = value || ':'
    )
    AND tenant || '/' || "user" NOT IN (SELECT value FROM json_each(:unreachable))
ORDER BY id LIMIT 1;

-- name: drop_subscriptions!
DELETE FROM subscriptions WHERE address = :address AND (:topic = '' OR topic = :topic);

-- name: drop_subscription!
DELETE FROM subscriptions WHERE id = :id;

-- name: subscriptions_of
SELECT * FROM subscriptions
WHERE (CAST(:tenant AS TEXT) IS NULL OR tenant = :tenant)
    AND (CAST(:address AS TEXT) IS NULL OR address = :address)
ORDER BY address, topic;

-- name: subscriptions_due
-- A run planned later than now was planned by a clock that was set back since.
SELECT * FROM subscriptions WHERE state = 'on' AND (due <= :now OR planned > :now) ORDER BY due, id;

-- name: had_brief^
SELECT 1 AS had FROM outbox WHERE key = :key;

-- name: advance_subscription!
UPDATE subscriptions SET due = :due, due_date = :due_date, planned = :planned
WHERE id = :id AND due = :was_due AND planned = :was_planned AND state = 'on';

-- name: editions_unmade
SELECT DISTINCT tenant, topic, due_date FROM subscriptions
WHERE
    state = 'on' AND due <= :until
    AND NOT EXISTS (
        SELECT 1 FROM editions
        WHERE
            editions.space = subscriptions.tenant
            AND editions.topic = subscriptions.topic
            AND editions.date = subscriptions.due_date
    )
ORDER BY due_date, topic, tenant;

-- name: pause_subscriptions
UPDATE subscriptions SET state = :reason, since = '' WHERE address = :address AND state = 'on' RETURNING *;

-- name: pause_follows!
UPDATE follows SET state = :reason WHERE address = :address AND state = 'on';

-- name: resume_subscription^
UPDATE subscriptions SET
    state = 'on', since = '', due = :due, due_date = :due_date, planned = :planned,
    changed_by = :changed_by, changed_name = :changed_name
WHERE tenant = :tenant AND id = :id AND address = :address
RETURNING *;

-- name: resume_follows!
-- What was said during the pause is not made up for.
UPDATE follows SET state = 'on', seen = (SELECT coalesce(max(id), 0) FROM claims)
WHERE address = :address AND state <> 'on';

-- name: subscriptions_paused
SELECT * FROM subscriptions WHERE state <> 'on' AND since = '' AND "user" <> '' ORDER BY id;

-- name: announce_pause!
UPDATE subscriptions SET since = :since WHERE id = :id AND state = :state AND since = '';

-- name: silences
-- The key of a delivery contains the local date of its run.
WITH runs AS (
    SELECT id, tenant, state, substr(key, 7, 10) AS date FROM outbox WHERE key LIKE 'brief/____-__-__/%'
    UNION ALL
    SELECT id, tenant, state, substr(key, 9, 10) AS date FROM outbox WHERE key LIKE 'skipped/____-__-__/%'
),
sent AS (SELECT tenant, max(date) AS last FROM runs WHERE state = 'sent' GROUP BY tenant),
missed AS (
    SELECT runs.tenant, min(runs.date) AS since, max(runs.id) AS newest
    FROM runs LEFT JOIN sent ON sent.tenant = runs.tenant
    WHERE runs.state <> 'sent' AND (sent.last IS NULL OR runs.date > sent.last)
    GROUP BY runs.tenant
)
SELECT DISTINCT missed.tenant, missed.since, outbox.reason, subscriptions."user"
FROM missed
JOIN outbox ON outbox.id = missed.newest
JOIN subscriptions ON subscriptions.tenant = missed.tenant
WHERE
    missed.since <= :until
    AND subscriptions.state = 'on'
    AND subscriptions."user" <> ''
    AND subscriptions.address <> subscriptions.tenant || '/' || subscriptions."user"
ORDER BY missed.tenant, subscriptions."user";
