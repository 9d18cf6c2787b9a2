-- name: put_follow^
INSERT INTO follows (tenant, address, "user", entity, pace, zone, since, next_at, seen)
VALUES (
    :tenant, :address, :user, :entity, :pace, :zone, :since, :next_at, (SELECT coalesce(max(id), 0) FROM claims)
)
ON CONFLICT (address, entity) DO UPDATE SET pace = excluded.pace, zone = excluded.zone, next_at = excluded.next_at
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

-- name: follow_by_id^
SELECT follows.*, root.name AS name
FROM follows
JOIN entities AS said ON said.id = follows.entity
JOIN entities AS root ON root.id = coalesce(said.merged_into, said.id)
WHERE follows.id = :follow;

-- name: follows_due
SELECT * FROM (
    SELECT
        follows.*,
        (
            SELECT max(claim_names.claim)
            FROM claim_names
            JOIN entities AS said ON said.id = follows.entity
            JOIN claims ON claims.id = claim_names.claim
            JOIN conversations ON conversations.id = claims.conversation
            WHERE
                claim_names.entity = coalesce(said.merged_into, said.id)
                AND claim_names.claim > follows.seen
                AND (conversations.space IS NULL OR conversations.space = follows.tenant)
        ) AS newest
    FROM follows
    WHERE follows.next_at <= :now
) AS due WHERE newest IS NOT NULL ORDER BY id;

-- name: follow_told!
UPDATE follows SET seen = :newest, next_at = :next_at WHERE id = :follow AND seen = :seen;

-- name: claims_for_follow
SELECT claims.key
FROM follows
JOIN entities AS said ON said.id = follows.entity
JOIN claim_names ON claim_names.entity = coalesce(said.merged_into, said.id)
JOIN claims ON claims.id = claim_names.claim
JOIN conversations ON conversations.id = claims.conversation
WHERE
    follows.id = :follow AND claims.id > :after AND claims.id <= :until
    AND (conversations.space IS NULL OR conversations.space = follows.tenant)
ORDER BY claim_names.about DESC, conversations.date DESC, claims.id;

-- name: put_subscription^
INSERT INTO subscriptions (tenant, address, "user", topic, at_time, zone, days, due, due_date, state)
VALUES (:tenant, :address, :user, :topic, :at_time, :zone, :days, :due, :due_date, :state)
ON CONFLICT (address, topic) DO UPDATE SET
    "user" = excluded.user, at_time = excluded.at_time, zone = excluded.zone, days = excluded.days,
    due = excluded.due, due_date = excluded.due_date, state = excluded.state
RETURNING id;

-- name: drop_subscriptions!
DELETE FROM subscriptions WHERE address = :address AND (:topic = '' OR topic = :topic);

-- name: subscriptions_of
SELECT * FROM subscriptions
WHERE tenant = :tenant AND (CAST(:address AS TEXT) IS NULL OR address = :address) ORDER BY address, topic;

-- name: subscriptions_due
SELECT * FROM subscriptions WHERE state = 'on' AND due <= :now ORDER BY due, id;

-- name: advance_subscription!
UPDATE subscriptions SET due = :due, due_date = :due_date WHERE id = :id AND due = :was AND state = 'on';

-- name: pause_subscriptions!
UPDATE subscriptions SET state = :reason WHERE address = :address AND state = 'on';
