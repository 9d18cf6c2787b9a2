-- name: edition_of^
SELECT coalesce(shared.brief, own.brief) AS brief
FROM editions AS own
LEFT JOIN editions AS shared
    ON shared.space = own.shared AND shared.topic = own.topic AND shared.date = own.date
WHERE own.space = :space AND own.topic = :topic AND own.date = :date;

-- name: edition_in_line^
SELECT shared, seen FROM editions WHERE line = :line AND topic = :topic AND date = :date AND shared IS NOT NULL LIMIT 1;

-- name: put_edition!
INSERT INTO editions (space, topic, date, brief, line, shared, seen)
VALUES (:space, :topic, :date, :brief, :line, :shared, :seen)
ON CONFLICT (space, topic, date) DO NOTHING;

-- name: drop_edition!
DELETE FROM editions WHERE space = :space AND topic = :topic AND date = :date;

-- name: drop_told!
DELETE FROM told WHERE space = :space AND topic = :topic AND date = :date;

-- name: last_edition^
SELECT date, seen FROM editions
WHERE space = :space AND topic = :topic AND date < :before AND date >= :since
ORDER BY date DESC LIMIT 1;

-- name: put_told*!
INSERT INTO told (space, topic, date, key, claims, words)
VALUES (:space, :topic, :date, :key, :claims, :words)
ON CONFLICT (space, topic, date, key) DO NOTHING;

-- name: told_before
SELECT told.key, told.date, told.claims, told.words
FROM editions
JOIN told
    ON
        told.space = coalesce(editions.shared, editions.space)
        AND told.topic = editions.topic
        AND told.date = editions.date
WHERE editions.space = :space AND editions.topic = :topic AND editions.date < :before AND editions.date >= :since
ORDER BY told.date DESC, told.key;

-- name: editions_before
SELECT date, coalesce(shared, space) AS made FROM editions
WHERE space = :space AND topic = :topic AND date < :before AND date >= :since
ORDER BY date;

-- name: has_its_own^
SELECT 1 AS own FROM conversations WHERE space = :space AND date BETWEEN :since AND :until LIMIT 1;

-- name: newest_claim^
SELECT coalesce(max(id), 0) AS id FROM claims;

-- name: open_claims^
SELECT count(*) AS claims FROM claims JOIN conversations ON conversations.id = claims.conversation
WHERE claims.key IN (SELECT value FROM json_each(:keys)) AND conversations.space IS NULL;
