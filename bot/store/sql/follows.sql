-- name: put_follow^
INSERT INTO follows (tenant, address, "user", entity, pace, zone, since, next_at, seen)
VALUES (
    :tenant, :address, :user, :entity, :pace, :zone, :since, :next_at, (SELECT coalesce(max(id), 0) FROM claims)
)
ON CONFLICT (address, entity) DO UPDATE SET
    pace = excluded.pace, zone = excluded.zone, next_at = excluded.next_at, state = excluded.state,
    seen = CASE follows.state WHEN 'on' THEN follows.seen ELSE excluded.seen END
RETURNING since = :since AS new;

-- name: follow_target^
SELECT coalesce(entities.merged_into, entities.id) AS entity
FROM aliases JOIN entities ON entities.id = aliases.entity
WHERE aliases.fold = :fold;

-- name: drop_follow!
DELETE FROM follows WHERE address = :address AND entity IN (
    SELECT entities.id FROM entities
    WHERE coalesce(entities.merged_into, entities.id) = (
        SELECT coalesce(named.merged_into, named.id)
        FROM aliases JOIN entities AS named ON named.id = aliases.entity WHERE aliases.fold = :fold
    )
);

-- name: follows_at
SELECT follows.*, root.name AS name
FROM follows
JOIN entities AS said ON said.id = follows.entity
JOIN entities AS root ON root.id = coalesce(said.merged_into, said.id)
WHERE follows.address = :address ORDER BY root.name;

-- name: put_quiet!
INSERT INTO listeners (address, tenant, "user", zone, quiet_from, quiet_to, held)
VALUES (:address, :tenant, :user, :zone, :quiet_from, :quiet_to, '')
ON CONFLICT (address) DO UPDATE SET
    "user" = excluded."user", zone = excluded.zone, quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to,
    held = excluded.held;

-- name: drop_quiet!
DELETE FROM listeners WHERE address = :address;

-- name: quiet_at^
SELECT * FROM listeners WHERE address = :address;

-- name: unheard^
SELECT claim AS after, (SELECT coalesce(max(id), 0) FROM claims) AS until FROM heard;

-- name: fresh_names
-- The followed names in the claims after one and up to another, each under all its spellings. What is dated earlier than
-- a brief looks back is a back catalogue, and no news, and so is what a feed held when it was added. Nor is it news what
-- only a later reading found in words that were known. The cross joins keep SQLite from starting with all follows.
WITH fresh AS MATERIALIZED (
    SELECT
        coalesce(said.merged_into, said.id) AS entity, conversations.space,
        min(claims.id) AS oldest, max(claims.id) AS newest
    FROM claims
    CROSS JOIN conversations
    CROSS JOIN claim_entities
    CROSS JOIN entities AS said
    WHERE claims.id > :after AND claims.id <= :until AND claims.reread = 0 AND claims.retired = 0
        AND conversations.id = claims.conversation AND conversations.date >= :since
        AND NOT EXISTS (SELECT 1 FROM items WHERE items.conversation = conversations.key AND items.backlog = 1)
        AND claim_entities.claim = claims.id AND said.id = claim_entities.entity
    GROUP BY 1, 2
),
named AS (
    SELECT * FROM fresh
    UNION ALL
    SELECT entities.id, fresh.space, fresh.oldest, fresh.newest
    FROM fresh CROSS JOIN entities WHERE entities.merged_into = fresh.entity
)
SELECT
    named.entity, named.space, named.oldest - 1 AS before, named.newest,
    count(*) AS followers, min(follows.id) AS first, max(follows.id) AS last
FROM named CROSS JOIN follows
WHERE follows.entity = named.entity
GROUP BY named.entity, named.space, named.oldest, named.newest
ORDER BY named.oldest;

-- name: hear*!
-- What lies before the first news is passed over. Done twice, it changes nothing more.
UPDATE follows SET
    seen = CASE WHEN newest > seen OR seen > :before THEN seen ELSE :before END,
    newest = :newest
WHERE
    entity = :entity AND id BETWEEN :first AND :last AND seen < :newest AND newest < :newest
    AND (CAST(:space AS TEXT) IS NULL OR tenant = CAST(:space AS TEXT));

-- name: heard!
UPDATE heard SET claim = :until WHERE claim < :until;

-- name: alerts_ahead
SELECT DISTINCT follows.address FROM follows
WHERE
    follows.state = 'on'
    AND follows.newest > follows.seen
    AND (follows.next_at <= :now OR follows.next_at > :far)
    AND NOT EXISTS (
        SELECT 1 FROM listeners
        WHERE listeners.address = follows.address AND listeners.held > :now AND listeners.held <= :far
    )
    AND (
        SELECT count(*) FROM alerts
        WHERE alerts.address = follows.address AND alerts.at > :hour_ago AND alerts.at <= :now
    ) < :most
    AND follows.address > :after
ORDER BY follows.address LIMIT :size;

-- name: quiet_listeners
SELECT * FROM listeners
WHERE
    address IN (SELECT value FROM json_each(:addresses))
    AND EXISTS (SELECT 1 FROM follows WHERE follows.address = listeners.address AND follows.newest > follows.seen);

-- name: hold*!
UPDATE listeners SET held = :held WHERE address = :address;

-- name: newest_alert^
SELECT coalesce(max(id), 0) AS id FROM alerts;

-- name: put_alerts!
INSERT INTO alerts (tenant, address, at)
SELECT DISTINCT follows.tenant, follows.address, CAST(:now AS TEXT) FROM follows
WHERE
    follows.state = 'on'
    AND follows.newest > follows.seen
    AND (follows.next_at <= :now OR follows.next_at > :far)
    AND NOT EXISTS (
        SELECT 1 FROM listeners
        WHERE listeners.address = follows.address AND listeners.held > :now AND listeners.held <= :far
    )
    AND (
        SELECT count(*) FROM alerts
        WHERE alerts.address = follows.address AND alerts.at > :hour_ago AND alerts.at <= :now
    ) < :most
    AND follows.address IN (SELECT value FROM json_each(:addresses))
ORDER BY follows.address;

-- name: put_alerted!
-- The cross join keeps SQLite from starting with all follows that have news.
INSERT INTO alerted (alert, follow, after, until)
SELECT alerts.id, follows.id, follows.seen, follows.newest
FROM alerts CROSS JOIN follows
WHERE
    alerts.id > :before
    AND follows.address = alerts.address
    AND follows.state = 'on'
    AND follows.newest > follows.seen
    AND (follows.next_at <= :now OR follows.next_at > :far);

-- name: put_alert_deliveries!
INSERT INTO outbox (key, what, tenant, address, state, reason, due, next_at)
SELECT 'alert/' || id, 'alert ' || id, tenant, address, 'pending', '', CAST(:now AS TEXT), CAST(:now AS TEXT)
FROM alerts WHERE id > :before
ORDER BY id
ON CONFLICT (key) DO NOTHING;

-- name: follows_told!
UPDATE follows SET seen = newest, next_at = CASE pace WHEN 'hourly' THEN :hour ELSE '' END
WHERE id IN (SELECT follow FROM alerted WHERE alert > :before);

-- name: zones_with_the_brief
SELECT DISTINCT zone FROM follows
WHERE pace = 'with the brief' AND id IN (SELECT follow FROM alerted WHERE alert > :before);

-- name: follows_next*!
UPDATE follows SET next_at = :next_at
WHERE
    zone = :zone
    AND pace = 'with the brief'
    AND id IN (SELECT follow FROM alerted WHERE alert > :before);

-- name: alert_at^
SELECT at FROM alerts WHERE id = :alert AND address = :address;

-- name: alert_news
-- A claim about two names may have been told under the other one before.
SELECT root.name, claims.key
FROM alerts
JOIN alerted ON alerted.alert = alerts.id
JOIN follows ON follows.id = alerted.follow
JOIN entities AS said ON said.id = follows.entity
JOIN entities AS root ON root.id = coalesce(said.merged_into, said.id)
JOIN claim_names ON claim_names.entity = root.id AND claim_names.claim > alerted.after AND claim_names.claim <= alerted.until
JOIN claims ON claims.id = claim_names.claim
JOIN conversations ON conversations.id = claims.conversation
WHERE
    alerts.id = :alert AND alerts.address = :address
    AND (conversations.space IS NULL OR conversations.space = alerts.tenant)
    AND conversations.date >= :since
    AND claims.reread = 0
    AND NOT EXISTS (SELECT 1 FROM items WHERE items.conversation = conversations.key AND items.backlog = 1)
    AND NOT EXISTS (
        SELECT 1 FROM alerts AS earlier
        JOIN alerted AS span ON span.alert = earlier.id AND span.after < claims.id AND span.until >= claims.id
        JOIN follows AS other ON other.id = span.follow
        JOIN entities AS named ON named.id = other.entity
        JOIN claim_names AS also
            ON also.claim = claims.id AND also.entity = coalesce(named.merged_into, named.id)
        WHERE earlier.address = alerts.address AND earlier.id < alerts.id
    )
ORDER BY root.name, claim_names.about DESC, conversations.date DESC, claims.id;

-- name: tidy_alerts!
DELETE FROM alerts WHERE at < :before;
