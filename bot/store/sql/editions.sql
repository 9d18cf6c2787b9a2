-- name: edition_of^
SELECT brief FROM editions WHERE space = :space AND topic = :topic AND date = :date;

-- name: put_edition!
INSERT OR IGNORE INTO editions (space, topic, date, brief) VALUES (:space, :topic, :date, :brief);

-- name: put_told*!
INSERT OR IGNORE INTO told (space, topic, date, key, claims, words)
VALUES (:space, :topic, :date, :key, :claims, :words);

-- name: told_before
SELECT key, date, claims, words FROM told
WHERE space = :space AND topic = :topic AND date < :before AND date >= :since ORDER BY date DESC, key;
