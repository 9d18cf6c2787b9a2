-- name: put_note*!
-- What people send again is kept as long as what they send now.
INSERT INTO notes (conversation, tenant, "user", at) VALUES (:key, :tenant, :user, :at)
ON CONFLICT (conversation) DO UPDATE SET at = excluded.at
WHERE notes.tenant = excluded.tenant AND notes."user" = excluded."user";

-- name: note^
SELECT
    notes."user", notes.at, conversations.title, conversations.date,
    (SELECT count(*) FROM claims WHERE claims.conversation = conversations.id AND claims.retired = 0) AS claims
FROM notes JOIN conversations ON conversations.key = notes.conversation AND conversations.space = notes.tenant
WHERE notes.conversation = :key AND notes.tenant = :tenant;

-- name: note_by_key
-- Of a file with several conversations, the others have the key of the first with a number: '/' comes after '.'.
SELECT conversation, "user" FROM notes
WHERE tenant = :tenant AND (conversation = :key OR conversation > :key || '.' AND conversation < :key || '/');

-- name: noted_file
SELECT
    notes."user", conversations.key, conversations.show, conversations.title, conversations.date, conversations.url,
    (SELECT count(*) FROM claims WHERE claims.conversation = conversations.id AND claims.retired = 0) AS claims
FROM notes JOIN conversations ON conversations.key = notes.conversation AND conversations.space = notes.tenant
WHERE
    notes.tenant = :tenant
    AND (notes.conversation = :key OR notes.conversation > :key || '.' AND notes.conversation < :key || '/')
ORDER BY length(notes.conversation), notes.conversation;

-- name: notes_among
SELECT conversation, tenant FROM notes WHERE conversation IN (SELECT value FROM json_each(:keys));

-- name: notes_before
SELECT conversation FROM notes WHERE at < :before ORDER BY at LIMIT :most;

-- name: notes_by
SELECT conversation FROM notes WHERE tenant = :tenant AND "user" = :user;

-- name: noted
SELECT conversations.id FROM notes
JOIN conversations ON conversations.key = notes.conversation AND conversations.space = notes.tenant
WHERE notes.conversation IN (SELECT value FROM json_each(:keys));

-- name: drop_noted*!
DELETE FROM conversations WHERE id = :conversation;

-- name: drop_notes!
DELETE FROM notes WHERE conversation IN (SELECT value FROM json_each(:keys));

-- name: drop_unread_notes!
DELETE FROM notes
WHERE
    tenant = :tenant AND (conversation = :key OR conversation > :key || '.' AND conversation < :key || '/')
    AND NOT EXISTS (
        SELECT 1 FROM conversations
        WHERE conversations.key = notes.conversation AND conversations.space = notes.tenant
    );

-- name: export_notes
SELECT notes.*, conversations.title, conversations.url FROM notes
LEFT JOIN conversations ON conversations.key = notes.conversation AND conversations.space = notes.tenant
WHERE notes.tenant = :tenant AND notes."user" = :user;

-- name: purge_notes!
DELETE FROM notes WHERE tenant = :tenant;
