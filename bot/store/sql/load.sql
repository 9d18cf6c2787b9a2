-- name: answers
SELECT 1;

-- name: count_conversations^
SELECT count(*) AS conversations FROM conversations;

-- name: oldest_due^
SELECT due FROM outbox
WHERE state IN ('pending', 'sending') AND next_at <= :now AND state = 'pending' ORDER BY due, id LIMIT 1;
