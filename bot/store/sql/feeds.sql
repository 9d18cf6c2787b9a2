-- name: put_feed
INSERT INTO feeds (
    id, tenant, "user", space, url, host, title, locked, etag, modified, hash, "interval", failures, moved_to, moved_count,
    health, detail, told, tell, paused, added, due, polled, catalogue, held, token, user_name
) VALUES (
    :id, :tenant, :user, :space, :url, :host, '', :locked, '', '', '', :interval, 0, '', 0,
    'new', '', 'new', 0, 0, :now, :now, NULL, 0, '', 0, :user_name
)
ON CONFLICT (id) DO UPDATE SET
    locked = CASE WHEN excluded.locked = 1 THEN 1 ELSE feeds.locked END, paused = 0, due = excluded.due,
    told = CASE WHEN feeds.told = 'listed' THEN 'new' ELSE feeds.told END,
    health = CASE WHEN feeds.health = 'listed' THEN 'new' ELSE feeds.health END
RETURNING *;

-- name: put_listed_feed*!
INSERT INTO feeds (
    id, tenant, "user", space, url, host, title, locked, etag, modified, hash, "interval", failures, moved_to, moved_count,
    health, detail, told, tell, paused, added, due, polled, catalogue, held, token, user_name
) VALUES (
    :id, :tenant, :user, :space, :url, :host, :title, 0, '', '', '', :interval, 0, '', 0,
    'listed', '', 'listed', 0, 0, :now, :now, NULL, 0, '', 0, :user_name
)
ON CONFLICT (id) DO NOTHING;

-- name: feed_urls
SELECT url, CASE WHEN health = 'listed' AND paused = 0 THEN 1 ELSE 0 END AS unchecked FROM feeds WHERE tenant = :tenant;

-- name: feed_at^
SELECT * FROM feeds WHERE tenant = :tenant AND url = :url ORDER BY id LIMIT 1;

-- name: feeds_of
SELECT * FROM feeds WHERE tenant = :tenant ORDER BY url, id;

-- name: pause_feed!
UPDATE feeds SET paused = 1, changed_by = :user, changed_name = :name
WHERE tenant = :tenant AND id = :id AND paused = 0;

-- name: resume_feed!
-- What was a line of a list is chosen by itself now: what troubles it is told.
UPDATE feeds
SET
    paused = 0, due = :now, changed_by = :user, changed_name = :name,
    told = CASE WHEN told = 'listed' THEN 'new' ELSE told END,
    health = CASE WHEN health = 'listed' THEN 'new' ELSE health END
WHERE tenant = :tenant AND id = :id AND paused = 1;

-- name: check_feed!
UPDATE feeds SET due = :now WHERE tenant = :tenant AND id = :id AND paused = 0;

-- name: drop_feed!
DELETE FROM feeds WHERE tenant = :tenant AND id = :id;

-- name: feed_due^
SELECT 1 AS due FROM feeds WHERE paused = 0 AND due <= :now AND held <= :now LIMIT 1;

-- name: claim_feeds
-- One of a host at a time, for all processes. Of two that claim at once, the second finds the moment in "held". What is
-- known goes before what a list names, which may be thousands.
WITH waiting AS (
    SELECT
        id, due, health = 'listed' AS listed,
        row_number() OVER (PARTITION BY host ORDER BY health = 'listed', due, id) AS place
    FROM feeds
    WHERE
        paused = 0 AND due <= :now AND held <= :now
        AND host NOT IN (SELECT host FROM feeds WHERE held > :now)
)
UPDATE feeds SET held = :until, holder = :holder, token = token + 1
WHERE
    id IN (SELECT id FROM waiting WHERE place = 1 ORDER BY listed, due, id LIMIT :limit)
    AND paused = 0 AND due <= :now AND held <= :now
RETURNING *;

-- name: feed_holders
SELECT DISTINCT holder FROM feeds WHERE held <> '' AND held > :now;

-- name: release_feeds!
UPDATE feeds SET held = '' WHERE held <> '' AND held > :now AND holder = :holder;

-- name: settle_feed!
-- What its owner did meanwhile stands. How a line of a list is at first, its owner need not hear. A feed that moved to the address of another of the same owner is paused.
UPDATE feeds
SET
    url = :url, host = :host, title = :title, etag = :etag, modified = :modified, hash = :hash, "interval" = :interval,
    failures = :failures, moved_to = :moved_to, moved_count = :moved_count, health = :health, detail = :detail,
    tell = CASE WHEN told = :health THEN 0 ELSE :tell END,
    told = CASE WHEN told = 'listed' AND CAST(:failures AS BIGINT) = 0 THEN :health ELSE told END, due = :due, polled = :polled, catalogue = :catalogue, held = '',
    paused = CASE
        WHEN
            paused = 1
            OR EXISTS (
                SELECT 1 FROM feeds AS others
                WHERE others.tenant = feeds.tenant AND others.url = :url AND others.id <> feeds.id AND others.paused = 0
            )
            THEN 1
        ELSE :paused
    END
WHERE id = :id AND token = :token;

-- name: feeds_untold
SELECT * FROM feeds WHERE tell = 1 AND "user" <> '' ORDER BY id;

-- name: announce_feed!
UPDATE feeds SET told = health, tell = 0 WHERE id = :id AND health = :health AND tell = 1;

-- name: export_feeds
SELECT
    id, tenant, "user", user_name, changed_by, changed_name, space, url, title, locked, health, detail, paused, added,
    polled
FROM feeds WHERE tenant = :tenant AND ("user" = :user OR changed_by = :user);

-- name: hand_over_feeds!
-- A login is the person's own, and goes with its feed.
UPDATE feeds SET
    "user" = CASE WHEN "user" = :user THEN '' ELSE "user" END,
    user_name = CASE WHEN "user" = :user THEN '' ELSE user_name END,
    changed_by = CASE WHEN changed_by = :user THEN '' ELSE changed_by END,
    changed_name = CASE WHEN changed_by = :user THEN '' ELSE changed_name END
WHERE tenant = :tenant AND (("user" = :user AND locked = 0) OR ("user" <> :user AND changed_by = :user));

-- name: forget_feeds!
DELETE FROM feeds WHERE tenant = :tenant AND "user" = :user;

-- name: forget_logins!
DELETE FROM secrets
WHERE name IN (SELECT 'feed/' || id || '/login' FROM feeds WHERE tenant = :tenant AND "user" = :user);

-- name: purge_feeds!
DELETE FROM feeds WHERE tenant = :tenant;

-- name: purge_logins!
DELETE FROM secrets WHERE name IN (SELECT 'feed/' || id || '/login' FROM feeds WHERE tenant = :tenant);
