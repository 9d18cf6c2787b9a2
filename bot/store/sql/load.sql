-- name: answers
SELECT 1;

-- name: write_probe!
-- A lease that nobody has: it is another each time, because an engine may skip what stays as it is.
INSERT INTO leases (name, holder, until) VALUES ('health', :holder, '')
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder;

-- name: count_conversations^
SELECT count(*) AS conversations FROM conversations;

-- name: oldest_due^
SELECT due FROM outbox
WHERE state IN ('pending', 'sending') AND next_at <= :now AND state = 'pending' ORDER BY due, id LIMIT 1;
