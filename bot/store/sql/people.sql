-- name: subject_of^
SELECT subject FROM threads WHERE address = :address ORDER BY at DESC LIMIT 1;

-- name: put_subject!
INSERT INTO threads (address, tenant, "user", subject, at) VALUES (:address, :tenant, :user, :subject, :at)
ON CONFLICT (address, "user") DO UPDATE SET subject = excluded.subject, at = excluded.at;

-- name: join_thread!
INSERT INTO threads (address, tenant, "user", subject, at)
SELECT :address, :tenant, :user, :subject, :at
WHERE NOT EXISTS (SELECT 1 FROM threads WHERE address = :address)
ON CONFLICT DO NOTHING;

-- name: touch_thread!
-- Only the row whose subject counts.
UPDATE threads SET at = :at
WHERE address = :address AND at = (SELECT max(newest.at) FROM threads AS newest WHERE newest.address = :address);

-- name: recent_threads
SELECT address FROM threads
WHERE at >= :since AND substr(address, 1, length(CAST(:platform AS TEXT)) + 1) = CAST(:platform AS TEXT) || ':'
GROUP BY address ORDER BY max(at) DESC, address LIMIT :most;

-- name: put_vote!
INSERT INTO votes (tenant, "user", what, helped, at) VALUES (:tenant, :user, :what, :helped, :at)
ON CONFLICT (tenant, "user", what) DO UPDATE SET helped = excluded.helped, at = excluded.at;

-- name: preference_of^
SELECT weight FROM preferences WHERE address = :address AND name = :name AND "user" = :user;

-- name: put_preference!
INSERT INTO preferences (address, tenant, "user", name, weight, at)
VALUES (:address, :tenant, :user, :name, :weight, :at)
ON CONFLICT (address, name, "user") DO UPDATE SET weight = excluded.weight, at = excluded.at;

-- name: drop_preference!
DELETE FROM preferences WHERE address = :address AND name = :name AND "user" = :user;

-- name: preferences_at
SELECT name, sum(weight) AS weight FROM preferences
WHERE tenant = :tenant AND address = :address GROUP BY name HAVING sum(weight) <> 0 ORDER BY name;

-- name: tidy_threads!
DELETE FROM threads WHERE at < :before;

-- name: put_source!
INSERT INTO sources (tenant, "user", target, state) VALUES (:tenant, :user, :target, :state)
ON CONFLICT (tenant, target) DO UPDATE SET state = excluded.state;

-- name: drop_source!
DELETE FROM sources WHERE tenant = :tenant AND target = :target;

-- name: sources_of
SELECT target, state, read FROM sources WHERE tenant = :tenant ORDER BY target;

-- name: source_read!
UPDATE sources SET state = :state, read = :read WHERE tenant = :tenant AND target = :target;

-- name: export_follows
SELECT follows.*, entities.name AS name FROM follows JOIN entities ON entities.id = follows.entity
WHERE tenant = :tenant AND "user" = :user;

-- name: export_languages
SELECT * FROM languages WHERE tenant = :tenant AND "user" = :user;

-- name: export_listeners
SELECT * FROM listeners WHERE tenant = :tenant AND "user" = :user;

-- name: export_subscriptions
SELECT * FROM subscriptions WHERE tenant = :tenant AND ("user" = :user OR changed_by = :user);

-- name: export_threads
SELECT * FROM threads WHERE tenant = :tenant AND "user" = :user;

-- name: export_votes
SELECT * FROM votes WHERE tenant = :tenant AND "user" = :user;

-- name: export_preferences
SELECT * FROM preferences WHERE tenant = :tenant AND "user" = :user;

-- name: export_sources
SELECT * FROM sources WHERE tenant = :tenant AND "user" = :user;

-- name: forget_follows!
DELETE FROM follows WHERE tenant = :tenant AND "user" = :user;

-- name: forget_languages!
DELETE FROM languages WHERE tenant = :tenant AND "user" = :user;

-- name: forget_listeners!
DELETE FROM listeners WHERE tenant = :tenant AND "user" = :user;

-- name: hand_over_subscriptions!
UPDATE subscriptions SET
    "user" = CASE WHEN "user" = :user THEN '' ELSE "user" END,
    user_name = CASE WHEN "user" = :user THEN '' ELSE user_name END,
    changed_by = CASE WHEN changed_by = :user THEN '' ELSE changed_by END,
    changed_name = CASE WHEN changed_by = :user THEN '' ELSE changed_name END
WHERE tenant = :tenant AND ("user" = :user OR changed_by = :user) AND address <> tenant || '/' || "user";

-- name: forget_subscriptions!
DELETE FROM subscriptions WHERE tenant = :tenant AND "user" = :user;

-- name: forget_threads!
DELETE FROM threads WHERE tenant = :tenant AND "user" = :user;

-- name: forget_votes!
DELETE FROM votes WHERE tenant = :tenant AND "user" = :user;

-- name: forget_preferences!
DELETE FROM preferences WHERE tenant = :tenant AND "user" = :user;

-- name: hand_over_sources!
UPDATE sources SET "user" = '' WHERE tenant = :tenant AND "user" = :user;

-- name: forget_sources!
DELETE FROM sources WHERE tenant = :tenant AND "user" = :user;

-- name: put_reply!
INSERT INTO replies (id, tenant, "user", message, at) VALUES (:id, :tenant, :user, :message, :at);

-- name: reply^
SELECT message FROM replies WHERE tenant = :tenant AND id = :id;

-- name: tidy_replies!
DELETE FROM replies WHERE at < :before;

-- name: export_replies
SELECT id, tenant, "user", json_extract(message, '$.summary') AS message, at FROM replies
WHERE tenant = :tenant AND "user" = :user;

-- name: forget_replies!
DELETE FROM replies WHERE tenant = :tenant AND "user" = :user;

-- name: purge_follows!
DELETE FROM follows WHERE tenant = :tenant;

-- name: purge_languages!
DELETE FROM languages WHERE tenant = :tenant;

-- name: purge_listeners!
DELETE FROM listeners WHERE tenant = :tenant;

-- name: purge_alerts!
DELETE FROM alerts WHERE tenant = :tenant;

-- name: purge_subscriptions!
DELETE FROM subscriptions WHERE tenant = :tenant;

-- name: purge_threads!
DELETE FROM threads WHERE tenant = :tenant;

-- name: purge_votes!
DELETE FROM votes WHERE tenant = :tenant;

-- name: purge_preferences!
DELETE FROM preferences WHERE tenant = :tenant;

-- name: purge_sources!
DELETE FROM sources WHERE tenant = :tenant;

-- name: purge_replies!
DELETE FROM replies WHERE tenant = :tenant;

-- name: purge_editions!
-- The editions of no space are everybody's.
DELETE FROM editions WHERE space = :tenant AND space <> '';

-- name: purge_told!
DELETE FROM told WHERE space = :tenant AND space <> '';

-- name: purge_outbox!
DELETE FROM outbox WHERE tenant = :tenant AND state <> 'sent';

-- name: purge_conversations!
DELETE FROM conversations WHERE space = :tenant;

-- name: language_at^
SELECT language FROM languages WHERE address = :address;

-- name: put_language!
INSERT INTO languages (address, tenant, "user", language)
VALUES (:address, :tenant, :user, :language)
ON CONFLICT (address) DO UPDATE SET "user" = excluded."user", language = excluded.language;

-- name: drop_language!
DELETE FROM languages WHERE address = :address;
