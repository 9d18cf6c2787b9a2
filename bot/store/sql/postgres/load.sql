-- name: count_deliveries
SELECT split_part(address, ':', 1) AS platform, state, count(*) AS deliveries
FROM outbox GROUP BY split_part(address, ':', 1), state;

-- name: count_unfinished
SELECT split_part(event, ':', 1) AS platform, count(*) AS events
FROM inbox WHERE payload IS NOT NULL GROUP BY split_part(event, ':', 1);
