-- name: index_passages_text!
INSERT INTO passages_fts (id, words)
SELECT id, words_of(text, speaker, title, show) FROM passage_words WHERE conversation = :conversation;

-- name: forget_passages_text*!
DELETE FROM passages_fts WHERE id IN (SELECT id FROM passages WHERE conversation = :conversation);

-- name: forget_words_of_passages!
DELETE FROM passages_fts WHERE id IN (SELECT id FROM passage_words WHERE space = :tenant);

-- name: optimize_passages!
-- New rows wait in a list beside the index that every search scans, and the planner's statistics of the
-- tables may be far out of date.
DO $$ BEGIN
    PERFORM gin_clean_pending_list('passages_by_word');
    ANALYZE conversations, turns, passages, passages_fts;
END $$;

-- name: count_passages
SELECT
    value AS words,
    CASE value WHEN '' THEN (SELECT count(*) FROM passages) ELSE (SELECT count(*) FROM passages_fts WHERE words @@ asked(value)) END AS rows
FROM json_each(:words);

-- name: index_claims_text!
INSERT INTO claims_fts (id, words)
SELECT id, words_of(text, speaker, title, show) FROM claim_words WHERE conversation = :conversation;

-- name: forget_claims_text*!
DELETE FROM claims_fts WHERE id IN (SELECT id FROM claims WHERE conversation = :conversation);

-- name: forget_words_of_claims!
DELETE FROM claims_fts WHERE id IN (SELECT id FROM claim_words WHERE space = :tenant);

-- name: optimize_claims!
-- New rows wait in a list beside the index that every search scans, and the planner's statistics of the
-- tables may be far out of date.
DO $$ BEGIN
    PERFORM gin_clean_pending_list('claims_by_word');
    ANALYZE conversations, turns, claims, claims_fts;
END $$;

-- name: count_claims
SELECT
    value AS words,
    CASE value WHEN '' THEN (SELECT count(*) FROM claims) ELSE (SELECT count(*) FROM claims_fts WHERE words @@ asked(value)) END AS rows
FROM json_each(:words);

-- name: match_passages
-- Only the rows that have words enough are ranked, each by all words it has, in the spirit of BM25: how rare a word
-- is, times how often it stands there, which ts_rank() lets count less and less. Rows once kept tell how many there are.
WITH counted AS MATERIALIZED (
    SELECT
        asked(value) AS query,
        CAST((SELECT count(*) FROM passages_fts WHERE words @@ asked(value)) AS DOUBLE PRECISION) AS found,
        (SELECT coalesce(max(id), 0) FROM passages_fts) AS rows
    FROM json_each(:each)
),
weighed AS (
    SELECT query, greatest(ln((rows - found + 0.5) / (found + 0.5)), 0.000001) AS weight FROM counted
)
SELECT
    passages.id, passages.text, title, show, date, found.rank,
    CASE WHEN turn = last THEN speaker ELSE (
        SELECT string_agg(turns.speaker, ',' ORDER BY turns.n) FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN turn AND last
    ) END AS speaker
FROM (
    SELECT passages_fts.id, sum(weight * ts_rank('{0, 0, 0.5, 1}', words, query)) AS rank
    FROM passages_fts
    JOIN passages ON passages.id = passages_fts.id
    JOIN conversations ON conversations.id = passages.conversation
    CROSS JOIN weighed
    WHERE
        words @@ asked(coalesce(:enough, :words))
        AND (space IS NULL OR space = :space)
        AND (CAST(:conversation AS TEXT) IS NULL OR key = :conversation)
        AND (CAST(:show AS TEXT) IS NULL OR lower(conversations.show) = lower(:show))
        AND (CAST(:since AS TEXT) IS NULL OR date >= :since)
        AND (CAST(:until AS TEXT) IS NULL OR date <= :until)
        AND (CAST(:speakers AS TEXT) IS NULL OR EXISTS (
            SELECT 1 FROM turns
            WHERE turns.conversation = passages.conversation AND turns.n BETWEEN turn AND last
                AND turns.speaker IN (SELECT value FROM json_each(:speakers))
        ))
        AND (CAST(:entity AS TEXT) IS NULL OR passages.id IN (
            SELECT id FROM passages_fts WHERE words @@ asked(:entity)
        ))
    GROUP BY passages_fts.id ORDER BY rank DESC, passages_fts.id LIMIT :limit
) AS found
JOIN spoken_passages AS passages ON passages.id = found.id JOIN conversations ON conversations.id = passages.conversation
ORDER BY found.rank DESC, passages.id;

-- name: match_claims
WITH counted AS MATERIALIZED (
    SELECT
        asked(value) AS query,
        CAST((SELECT count(*) FROM claims_fts WHERE words @@ asked(value)) AS DOUBLE PRECISION) AS found,
        (SELECT coalesce(max(id), 0) FROM claims_fts) AS rows
    FROM json_each(:each)
),
weighed AS (
    SELECT query, greatest(ln((rows - found + 0.5) / (found + 0.5)), 0.000001) AS weight FROM counted
)
SELECT claim_words.id, claim_words.text, claim_words.speaker, title, show, date, found.rank
FROM (
    SELECT claims_fts.id, sum(weight * ts_rank('{0, 0, 0.5, 1}', words, query)) AS rank
    FROM claims_fts
    JOIN claims ON claims.id = claims_fts.id
    JOIN conversations ON conversations.id = claims.conversation
    CROSS JOIN weighed
    WHERE
        words @@ asked(coalesce(:enough, :words))
        AND (space IS NULL OR space = :space)
        AND (CAST(:conversation AS TEXT) IS NULL OR conversations.key = :conversation)
        AND (CAST(:show AS TEXT) IS NULL OR lower(conversations.show) = lower(:show))
        AND (CAST(:since AS TEXT) IS NULL OR date >= :since)
        AND (CAST(:until AS TEXT) IS NULL OR date <= :until)
        AND (CAST(:speakers AS TEXT) IS NULL OR claims.speaker IN (SELECT value FROM json_each(:speakers)))
        AND (CAST(:entity AS TEXT) IS NULL OR claims.id IN (
            SELECT claim FROM claim_names JOIN aliases ON aliases.fold = :entity
            JOIN entities ON entities.id = aliases.entity
            WHERE claim_names.entity = coalesce(entities.merged_into, entities.id)
        ))
    GROUP BY claims_fts.id ORDER BY rank DESC, claims_fts.id LIMIT :limit
) AS found
JOIN claim_words ON claim_words.id = found.id
ORDER BY found.rank DESC, claim_words.id;

-- name: passages_within^
SELECT '[' || string_agg(CAST(passages.id AS TEXT), ',') || ']' AS ids
FROM passages JOIN conversations ON conversations.id = passages.conversation
WHERE
    (space IS NULL OR space = :space)
    AND (CAST(:conversation AS TEXT) IS NULL OR key = :conversation)
    AND (CAST(:show AS TEXT) IS NULL OR lower(conversations.show) = lower(:show))
    AND (CAST(:since AS TEXT) IS NULL OR date >= :since)
    AND (CAST(:until AS TEXT) IS NULL OR date <= :until)
    AND (CAST(:speakers AS TEXT) IS NULL OR EXISTS (
        SELECT 1 FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN turn AND last
            AND turns.speaker IN (SELECT value FROM json_each(:speakers))
    ))
    AND (CAST(:entity AS TEXT) IS NULL OR passages.id IN (
        SELECT id FROM passages_fts WHERE words @@ asked(:entity)
    ));

-- name: claims_within^
SELECT '[' || string_agg(CAST(id AS TEXT), ',') || ']' AS ids FROM claim_words
WHERE
    (space IS NULL OR space = :space)
    AND (CAST(:conversation AS TEXT) IS NULL OR key = :conversation)
    AND (CAST(:show AS TEXT) IS NULL OR lower(show) = lower(:show))
    AND (CAST(:since AS TEXT) IS NULL OR date >= :since)
    AND (CAST(:until AS TEXT) IS NULL OR date <= :until)
    AND (CAST(:speakers AS TEXT) IS NULL OR EXISTS (
        SELECT 1 FROM claims
        WHERE claims.id = claim_words.id AND claims.speaker IN (SELECT value FROM json_each(:speakers))
    ))
    AND (CAST(:entity AS TEXT) IS NULL OR id IN (
        SELECT claim FROM claim_names JOIN aliases ON aliases.fold = :entity
        JOIN entities ON entities.id = aliases.entity
        WHERE claim_names.entity = coalesce(entities.merged_into, entities.id)
    ));

-- name: look_passages
SELECT
    passages.id, passages.text, title, show, date, CAST(0 AS REAL) AS rank,
    CASE WHEN turn = last THEN speaker ELSE (
        SELECT string_agg(turns.speaker, ',' ORDER BY turns.n) FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN turn AND last
    ) END AS speaker
FROM spoken_passages AS passages JOIN conversations ON conversations.id = passages.conversation
WHERE
    passages.id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids))
    AND (space IS NULL OR space = :space)
    AND (CAST(:conversation AS TEXT) IS NULL OR key = :conversation)
    AND (CAST(:show AS TEXT) IS NULL OR lower(conversations.show) = lower(:show))
    AND (CAST(:since AS TEXT) IS NULL OR date >= :since)
    AND (CAST(:until AS TEXT) IS NULL OR date <= :until)
    AND (CAST(:speakers AS TEXT) IS NULL OR EXISTS (
        SELECT 1 FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN turn AND last
            AND turns.speaker IN (SELECT value FROM json_each(:speakers))
    ))
    AND (CAST(:entity AS TEXT) IS NULL OR passages.id IN (
        SELECT id FROM passages_fts WHERE words @@ asked(:entity)
    ));

-- name: newest_passages
SELECT
    passages.id, passages.text, title, show, date, CAST(0 AS REAL) AS rank,
    CASE WHEN turn = last THEN speaker ELSE (
        SELECT string_agg(turns.speaker, ',' ORDER BY turns.n) FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN turn AND last
    ) END AS speaker
FROM spoken_passages AS passages JOIN conversations ON conversations.id = passages.conversation
WHERE
    (space IS NULL OR space = :space)
    AND (CAST(:conversation AS TEXT) IS NULL OR key = :conversation)
    AND (CAST(:show AS TEXT) IS NULL OR lower(conversations.show) = lower(:show))
    AND (CAST(:since AS TEXT) IS NULL OR date >= :since)
    AND (CAST(:until AS TEXT) IS NULL OR date <= :until)
    AND (CAST(:speakers AS TEXT) IS NULL OR EXISTS (
        SELECT 1 FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN turn AND last
            AND turns.speaker IN (SELECT value FROM json_each(:speakers))
    ))
    AND (CAST(:entity AS TEXT) IS NULL OR passages.id IN (
        SELECT id FROM passages_fts WHERE words @@ asked(:entity)
    ))
ORDER BY date DESC, passages.id DESC LIMIT :limit;
