-- name: take_lease
INSERT INTO leases (name, holder, until) VALUES (:name, :holder, :until)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE leases.holder = excluded.holder OR leases.until <= :now
RETURNING name;

-- name: release_lease!
DELETE FROM leases WHERE name = :name AND holder = :holder;

-- name: leases_held^
SELECT count(*) AS held FROM leases WHERE substr(name, 1, length(CAST(:prefix AS TEXT))) = CAST(:prefix AS TEXT) AND until > :now;

-- name: tidy_leases!
DELETE FROM leases WHERE until < :before;
