-- name: put_secret!
INSERT INTO secrets (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: reclose_secret!
-- Unless another process has added a newer one.
UPDATE secrets SET value = :value WHERE name = :name AND value = :was;

-- name: secret_of^
SELECT value FROM secrets WHERE name = :name;

-- name: drop_secrets!
DELETE FROM secrets WHERE name >= :prefix AND substr(name, 1, length(:prefix)) = :prefix;

-- name: secrets_named
SELECT name, value FROM secrets
WHERE name >= :prefix AND substr(name, 1, length(:prefix)) = :prefix ORDER BY name;
