-- name: edition_of^
SELECT brief FROM editions WHERE space = :space AND topic = :topic AND date = :date;

-- name: put_edition!
INSERT INTO editions (space, topic, date, brief) VALUES (:space, :topic, :date, :brief) ON CONFLICT DO NOTHING;

-- name: put_told*!
INSERT INTO told (space, topic, date, key, claims, words)
VALUES (:space, :topic, :date, :key, :claims, :words)
ON CONFLICT DO NOTHING;

-- name: told_before
SELECT key, date, claims, words FROM told
WHERE space = :space AND topic = :topic AND date < :before AND date >= :since ORDER BY date DESC, key;
