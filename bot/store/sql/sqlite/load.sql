-- name: count_deliveries
SELECT substr(address, 1, instr(address, ':') - 1) AS platform, state, count(*) AS deliveries
FROM outbox GROUP BY platform, state;

-- name: count_unfinished
SELECT substr(event, 1, instr(event, ':') - 1) AS platform, count(*) AS events
FROM inbox WHERE payload IS NOT NULL GROUP BY platform;
