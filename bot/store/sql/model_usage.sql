-- name: paid^
-- What is paid and what is set aside counts alike.
SELECT
    CAST(coalesce(sum(amount), 0) AS BIGINT) AS whole,
    CAST(coalesce(sum(CASE WHEN "user" = CAST(:user AS TEXT) THEN amount ELSE 0 END), 0) AS BIGINT) AS own
FROM (
    SELECT "user", cost AS amount FROM spending WHERE day = :day AND space = :space AND pot = :pot
    UNION ALL
    SELECT "user", amount FROM reserved WHERE day = :day AND space = :space AND pot = :pot AND until > :now
) AS counted;

-- name: reserve!
INSERT INTO reserved (id, day, pot, space, "user", amount, until)
VALUES (:id, :day, :pot, :space, :user, :amount, :until);

-- name: release_reserved!
DELETE FROM reserved WHERE id = :id;

-- name: put_spending!
INSERT INTO spending (day, pot, space, "user", purpose, model, calls, input, cached, output, cost)
VALUES (:day, :pot, :space, :user, :purpose, :model, 1, :input, :cached, :output, :cost)
ON CONFLICT (day, space, "user", pot, purpose, model) DO UPDATE SET
    calls = spending.calls + 1, input = spending.input + excluded.input, cached = spending.cached + excluded.cached,
    output = spending.output + excluded.output, cost = spending.cost + excluded.cost;

-- name: spent
-- What no person asked for is nobody's own.
SELECT
    purpose,
    CAST(sum(CASE WHEN day = CAST(:day AS TEXT) THEN cost ELSE 0 END) AS BIGINT) AS today,
    CAST(sum(cost) AS BIGINT) AS month,
    CAST(sum(CASE WHEN day = CAST(:day AS TEXT) AND own THEN cost ELSE 0 END) AS BIGINT) AS own_today,
    CAST(sum(CASE WHEN own THEN cost ELSE 0 END) AS BIGINT) AS own_month
FROM (
    SELECT purpose, day, cost, "user" = CAST(:user AS TEXT) AND "user" <> '' AS own FROM spending
    WHERE space = :space AND day BETWEEN :first AND CAST(:day AS TEXT)
) AS counted
GROUP BY purpose ORDER BY purpose;

-- name: tidy_spending!
DELETE FROM spending WHERE day < :before;

-- name: tidy_reserved!
DELETE FROM reserved WHERE until < :now;

-- name: export_spending
SELECT * FROM spending WHERE space = :tenant AND "user" = :user ORDER BY day, pot, purpose, model;

-- name: merge_spending!
-- What a person's calls cost stays the space's, so that forgetting is no way past its budget.
INSERT INTO spending (day, pot, space, "user", purpose, model, calls, input, cached, output, cost)
SELECT day, pot, space, '', purpose, model, calls, input, cached, output, cost FROM spending
WHERE space = :tenant AND "user" = :user AND "user" <> ''
ON CONFLICT (day, space, "user", pot, purpose, model) DO UPDATE SET
    calls = spending.calls + excluded.calls, input = spending.input + excluded.input,
    cached = spending.cached + excluded.cached, output = spending.output + excluded.output,
    cost = spending.cost + excluded.cost;

-- name: forget_spending!
DELETE FROM spending WHERE space = :tenant AND "user" = :user AND "user" <> '';

-- name: export_reserved
SELECT * FROM reserved WHERE space = :tenant AND "user" = :user;

-- name: forget_reserved!
DELETE FROM reserved WHERE space = :tenant AND "user" = :user AND "user" <> '';

-- name: purge_spending!
DELETE FROM spending WHERE space = :tenant AND space <> '';

-- name: purge_reserved!
DELETE FROM reserved WHERE space = :tenant AND space <> '';

-- name: completion^
SELECT value FROM completions WHERE space = :space AND key = :key;

-- name: put_completion!
INSERT INTO completions (space, key, value, at) VALUES (:space, :key, :value, :at) ON CONFLICT DO NOTHING;

-- name: tidy_completions!
DELETE FROM completions WHERE at < :before;

-- name: purge_completions!
DELETE FROM completions WHERE space = :tenant AND space <> '';
