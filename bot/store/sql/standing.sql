-- name: answers
SELECT 1;

-- name: count_conversations^
SELECT count(*) AS conversations FROM conversations;

-- name: count_deliveries
SELECT substr(address, 1, instr(address, ':') - 1) AS platform, state, count(*) AS deliveries
FROM outbox GROUP BY platform, state;

-- name: oldest_due^
SELECT next_at AS due FROM outbox
WHERE state IN ('pending', 'sending') AND next_at <= :now AND +state = 'pending' ORDER BY next_at LIMIT 1;

-- name: count_unfinished
SELECT substr(event, 1, instr(event, ':') - 1) AS platform, count(*) AS events
FROM inbox WHERE payload IS NOT NULL GROUP BY platform;
