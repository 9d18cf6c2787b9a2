-- name: put_note!
INSERT INTO notes (conversation, tenant, "user", at) VALUES (:key, :tenant, :user, :at) ON CONFLICT DO NOTHING;

-- name: note^
SELECT
    notes."user", notes.at, conversations.title, conversations.date,
    (SELECT count(*) FROM claims WHERE claims.conversation = conversations.id AND claims.retired = 0) AS claims
FROM notes JOIN conversations ON conversations.key = notes.conversation AND conversations.space = notes.tenant
WHERE notes.conversation = :key AND notes.tenant = :tenant;

-- name: note_by_key
-- Of a file with several conversations, the others have the key of the first with a number.
SELECT conversation FROM notes
WHERE tenant = :tenant AND (conversation = :key OR substr(conversation, 1, length(:key) + 1) = :key || '.');

-- name: notes_before
SELECT conversation FROM notes WHERE at < :before;

-- name: notes_by
SELECT conversation FROM notes WHERE tenant = :tenant AND "user" = :user;

-- name: noted
SELECT conversations.id FROM notes
JOIN conversations ON conversations.key = notes.conversation AND conversations.space = notes.tenant
WHERE notes.conversation IN (SELECT value FROM json_each(:keys));

-- name: drop_noted!
DELETE FROM conversations WHERE id = :conversation;

-- name: drop_notes!
DELETE FROM notes WHERE conversation IN (SELECT value FROM json_each(:keys));

-- name: export_notes
SELECT notes.*, conversations.title, conversations.url FROM notes
LEFT JOIN conversations ON conversations.key = notes.conversation AND conversations.space = notes.tenant
WHERE notes.tenant = :tenant AND notes."user" = :user;

-- name: purge_notes!
DELETE FROM notes WHERE tenant = :tenant;
