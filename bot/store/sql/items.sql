-- name: items_by_keys
SELECT DISTINCT
    items.id, items.feed, items.conversation, items.hash, items.fold, items.day, items.lasts, items.due
FROM item_keys JOIN items ON items.id = item_keys.item
WHERE items.space = :space AND item_keys.key IN (SELECT value FROM json_each(:keys));

-- name: keys_of_items
SELECT item, key FROM item_keys WHERE item IN (SELECT CAST(value AS BIGINT) FROM json_each(:items));

-- name: newest_item^
SELECT coalesce(max(id), 0) AS id FROM items;

-- name: items_after
SELECT id FROM items WHERE id > :id ORDER BY id;

-- name: put_item*!
INSERT INTO items (
    space, feed, conversation, hash, url, title, fold, day, lasts, first_seen, last_seen, backlog, due, payload
)
VALUES (
    :space, :feed, :conversation, :hash, :url, :title, :fold, :day, :lasts, :now, :now, :backlog, :now, :payload
);

-- name: edit_item*!
UPDATE items SET
    hash = :hash, url = :url, title = :title, fold = :fold, day = :day, lasts = :lasts, last_seen = :now, gone = '',
    due = :now, payload = :payload
WHERE id = :item;

-- name: items_seen!
UPDATE items SET last_seen = :now WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(:items));

-- name: count_items_among^
SELECT count(*) AS items FROM items
WHERE feed = :feed AND space = :space AND id IN (SELECT CAST(value AS BIGINT) FROM json_each(:items));

-- name: put_item_key*!
INSERT INTO item_keys (key, item) VALUES (:key, :item) ON CONFLICT DO NOTHING;

-- name: items_due
SELECT id, space, feed, conversation, first_seen, payload FROM items
WHERE due <> '' AND due <= :now
ORDER BY backlog, day DESC, id DESC LIMIT :limit;

-- name: count_items_due^
SELECT count(*) AS items FROM items WHERE due <> '' AND due <= :now;

-- name: item_by_id^
SELECT space, conversation, kind FROM items WHERE id = :item;

-- name: nearest_text^
SELECT conversation, count(*) AS shared FROM shingles
WHERE
    space = :space AND conversation <> :conversation
    AND hash IN (SELECT value FROM json_each(:hashes))
GROUP BY conversation ORDER BY count(*) DESC, conversation LIMIT 1;

-- name: join_conversation!
UPDATE items SET conversation = :conversation, backlog = 0 WHERE id = :item;

-- name: told_better^
SELECT 1 AS better FROM items
WHERE
    conversation = :conversation AND id <> :item
    AND (kind IN (SELECT value FROM json_each(:kinds)) OR (kind = :kind AND id < :item))
LIMIT 1;

-- name: drop_shingles!
DELETE FROM shingles WHERE conversation = :conversation;

-- name: put_shingle*!
INSERT INTO shingles (hash, conversation, space) VALUES (:hash, :conversation, :space) ON CONFLICT DO NOTHING;

-- name: item_read!
UPDATE items SET
    kind = CASE CAST(:kind AS TEXT) WHEN '' THEN kind ELSE CAST(:kind AS TEXT) END,
    why = :why,
    due = CAST(:again AS TEXT),
    gone = CASE CAST(:gone AS TEXT) WHEN '' THEN gone ELSE CAST(:gone AS TEXT) END,
    payload = CASE CAST(:again AS TEXT) WHEN '' THEN '' ELSE payload END
WHERE id = :item;

-- name: items_telling
SELECT feed, url, title, day, kind, why, gone FROM items
WHERE conversation = :conversation AND (space = '' OR space = :space)
ORDER BY id;

-- name: items_of_feed
SELECT
    items.feed, items.url, items.title, items.day, items.kind, items.why, items.gone, items.conversation,
    (
        SELECT count(*) FROM claims JOIN conversations ON conversations.id = claims.conversation
        WHERE conversations.key = items.conversation AND claims.retired = 0
    ) AS claims
FROM items WHERE items.feed = :feed ORDER BY items.day DESC, items.id DESC LIMIT :limit;

-- name: purge_items!
DELETE FROM items WHERE space = :tenant AND space <> '';

-- name: purge_shingles!
DELETE FROM shingles WHERE space = :tenant AND space <> '';
