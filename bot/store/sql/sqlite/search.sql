-- name: index_passages_text!
INSERT INTO passages_fts (rowid, text, speaker, title, show)
SELECT id, text, speaker, title, show FROM passage_words WHERE conversation = :conversation;

-- name: forget_passages_text*!
-- Run this while conversation, turns and passages are still as they were indexed.
INSERT INTO passages_fts (passages_fts, rowid, text, speaker, title, show)
SELECT 'delete', id, text, speaker, title, show FROM passage_words WHERE conversation = :conversation;

-- name: index_claims_text!
INSERT INTO claims_fts (rowid, text, speaker, title, show)
SELECT id, text, speaker, title, show FROM claim_words WHERE conversation = :conversation;

-- name: forget_claims_text*!
-- Run this while conversation and claims are still as they were indexed.
INSERT INTO claims_fts (claims_fts, rowid, text, speaker, title, show)
SELECT 'delete', id, text, speaker, title, show FROM claim_words WHERE conversation = :conversation;

-- name: count_passages
SELECT
    value AS words,
    CASE value WHEN '' THEN (SELECT count(*) FROM passages) ELSE (SELECT count(*) FROM passages_fts WHERE passages_fts MATCH value) END AS rows
FROM json_each(:words);

-- name: count_claims
SELECT
    value AS words,
    CASE value WHEN '' THEN (SELECT count(*) FROM claims) ELSE (SELECT count(*) FROM claims_fts WHERE claims_fts MATCH value) END AS rows
FROM json_each(:words);

-- name: match_passages
-- Ranking is what takes long, so only the rows that have words enough are ranked, each by all words it has;
-- bm25() with the index's own weights, because ORDER BY rank would rank every row.
SELECT
    passages.id, passages.text, title, show, date, -found.rank AS rank,
    CASE WHEN turn = last THEN speaker ELSE (
        SELECT group_concat(turns.speaker) FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN turn AND last
    ) END AS speaker
FROM (
    SELECT rowid, bm25(passages_fts, 1.0, 0.5, 1.0, 0.5) AS rank FROM passages_fts
    WHERE passages_fts MATCH :words
        AND (:enough IS NULL OR +rowid IN (SELECT rowid FROM passages_fts WHERE passages_fts MATCH :enough))
        AND +rowid NOT IN (
            SELECT passages.id FROM conversations JOIN passages ON passages.conversation = conversations.id
            WHERE space IS NOT NULL AND space IS NOT :space
        )
    ORDER BY 2 LIMIT :limit
) AS found
JOIN spoken_passages AS passages ON passages.id = found.rowid JOIN conversations ON conversations.id = passages.conversation
ORDER BY found.rank;

-- name: match_passages_within
-- The cross joins keep SQLite from running the full-text query for every row.
SELECT
    passages.id, passages.text, title, show, date, -found.rank AS rank,
    CASE WHEN turn = last THEN speaker ELSE (
        SELECT group_concat(turns.speaker) FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN turn AND last
    ) END AS speaker
FROM (
    SELECT passages_fts.rowid, bm25(passages_fts, 1.0, 0.5, 1.0, 0.5) AS rank FROM passages_fts
    CROSS JOIN passages ON passages.id = passages_fts.rowid
    CROSS JOIN conversations ON conversations.id = passages.conversation
    WHERE passages_fts MATCH :words
        AND (:enough IS NULL OR +passages_fts.rowid IN (SELECT rowid FROM passages_fts WHERE passages_fts MATCH :enough))
        AND (space IS NULL OR space = :space)
        AND (:conversation IS NULL OR key = :conversation)
        AND (:show IS NULL OR conversations.show = :show COLLATE NOCASE)
        AND (:since IS NULL OR date >= :since)
        AND (:until IS NULL OR date <= :until)
        AND (:speakers IS NULL OR EXISTS (
            SELECT 1 FROM turns
            WHERE turns.conversation = passages.conversation AND turns.n BETWEEN turn AND last
                AND turns.speaker IN (SELECT value FROM json_each(:speakers))
        ))
        AND (:entity IS NULL OR passages.id IN (
            SELECT rowid FROM passages_fts WHERE passages_fts MATCH :entity
        ))
    ORDER BY 2 LIMIT :limit
) AS found
JOIN spoken_passages AS passages ON passages.id = found.rowid JOIN conversations ON conversations.id = passages.conversation
ORDER BY found.rank;

-- name: passages_within^
-- In one piece, since a hundred thousand rows take longer to pass on than to find. The cross joins make SQLite begin with
-- the conversations, whose passages an index has, and look for a speaker's turns by the speaker.
WITH labels AS MATERIALIZED (SELECT value FROM json_each(:speakers))
SELECT json_group_array(passages.id) AS ids
FROM conversations CROSS JOIN passages
WHERE
    passages.conversation = conversations.id
    AND (space IS NULL OR space = :space)
    AND (:conversation IS NULL OR key = :conversation)
    AND (:show IS NULL OR show = :show COLLATE NOCASE)
    AND (:since IS NULL OR date >= :since)
    AND (:until IS NULL OR date <= :until)
    AND (:speakers IS NULL OR conversations.id IN (
        SELECT turns.conversation FROM turns WHERE turns.speaker IN (SELECT value FROM labels)
    ))
    AND (:speakers IS NULL OR EXISTS (
        SELECT 1 FROM labels CROSS JOIN turns
        WHERE turns.speaker = value AND turns.conversation = passages.conversation AND turns.n BETWEEN turn AND last
    ))
    AND (:entity IS NULL OR passages.id IN (
        SELECT rowid FROM passages_fts WHERE passages_fts MATCH :entity
    ));

-- name: look_passages
-- Reading the speakers of one turn again would take longer than all the rest.
SELECT
    passages.id, passages.text, title, show, date, 0.0 AS rank,
    CASE WHEN turn = last THEN speaker ELSE (
        SELECT group_concat(turns.speaker) FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN turn AND last
    ) END AS speaker
FROM spoken_passages AS passages JOIN conversations ON conversations.id = passages.conversation
WHERE
    passages.id IN (SELECT value FROM json_each(:ids))
    AND (space IS NULL OR space = :space)
    AND (:conversation IS NULL OR key = :conversation)
    AND (:show IS NULL OR conversations.show = :show COLLATE NOCASE)
    AND (:since IS NULL OR date >= :since)
    AND (:until IS NULL OR date <= :until)
    AND (:speakers IS NULL OR EXISTS (
        SELECT 1 FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN turn AND last
            AND turns.speaker IN (SELECT value FROM json_each(:speakers))
    ))
    AND (:entity IS NULL OR passages.id IN (
        SELECT rowid FROM passages_fts WHERE passages_fts MATCH :entity
    ));

-- name: newest_passages
SELECT id, text, speaker, title, show, date, 0.0 AS rank FROM passage_words
WHERE
    (space IS NULL OR space = :space)
    AND (:conversation IS NULL OR key = :conversation)
    AND (:show IS NULL OR show = :show COLLATE NOCASE)
    AND (:since IS NULL OR date >= :since)
    AND (:until IS NULL OR date <= :until)
    AND (:speakers IS NULL OR EXISTS (
        SELECT 1 FROM turns
        WHERE turns.conversation = passage_words.conversation AND turns.n BETWEEN turn AND last
            AND turns.speaker IN (SELECT value FROM json_each(:speakers))
    ))
    AND (:entity IS NULL OR id IN (
        SELECT rowid FROM passages_fts WHERE passages_fts MATCH :entity
    ))
ORDER BY date DESC, id DESC LIMIT :limit;

-- name: optimize_passages!
INSERT INTO passages_fts (passages_fts) VALUES ('optimize');

-- name: optimize_claims!
INSERT INTO claims_fts (claims_fts) VALUES ('optimize');

-- name: match_claims
SELECT claim_words.id, claim_words.text, claim_words.speaker, title, show, date, -found.rank AS rank
FROM (
    SELECT rowid, bm25(claims_fts, 1.0, 0.5, 1.0, 0.5) AS rank FROM claims_fts
    WHERE claims_fts MATCH :words
        AND (:enough IS NULL OR +rowid IN (SELECT rowid FROM claims_fts WHERE claims_fts MATCH :enough))
        AND +rowid NOT IN (
            SELECT claims.id FROM conversations JOIN claims ON claims.conversation = conversations.id
            WHERE space IS NOT NULL AND space IS NOT :space
        )
    ORDER BY 2 LIMIT :limit
) AS found JOIN claim_words ON claim_words.id = found.rowid
ORDER BY found.rank;

-- name: match_claims_within
-- The cross joins keep SQLite from running the full-text query for every row.
SELECT claim_words.id, claim_words.text, claim_words.speaker, title, show, date, -found.rank AS rank
FROM (
    SELECT claims_fts.rowid, bm25(claims_fts, 1.0, 0.5, 1.0, 0.5) AS rank FROM claims_fts
    CROSS JOIN claims ON claims.id = claims_fts.rowid
    CROSS JOIN conversations ON conversations.id = claims.conversation
    WHERE claims_fts MATCH :words
        AND (:enough IS NULL OR +claims_fts.rowid IN (SELECT rowid FROM claims_fts WHERE claims_fts MATCH :enough))
        AND (space IS NULL OR space = :space)
        AND (:conversation IS NULL OR conversations.key = :conversation)
        AND (:show IS NULL OR conversations.show = :show COLLATE NOCASE)
        AND (:since IS NULL OR date >= :since)
        AND (:until IS NULL OR date <= :until)
        AND (:speakers IS NULL OR claims.speaker IN (SELECT value FROM json_each(:speakers)))
        AND (:entity IS NULL OR claims.id IN (
            SELECT claim FROM claim_names JOIN aliases ON aliases.fold = :entity
            JOIN entities ON entities.id = aliases.entity
            WHERE claim_names.entity = coalesce(entities.merged_into, entities.id)
        ))
    ORDER BY 2 LIMIT :limit
) AS found JOIN claim_words ON claim_words.id = found.rowid
ORDER BY found.rank;

-- name: claims_within^
SELECT json_group_array(claims.id) AS ids
FROM conversations CROSS JOIN claims
WHERE
    claims.conversation = conversations.id AND retired = 0
    AND (space IS NULL OR space = :space)
    AND (:conversation IS NULL OR conversations.key = :conversation)
    AND (:show IS NULL OR show = :show COLLATE NOCASE)
    AND (:since IS NULL OR date >= :since)
    AND (:until IS NULL OR date <= :until)
    AND (:speakers IS NULL OR claims.speaker IN (SELECT value FROM json_each(:speakers)))
    AND (:entity IS NULL OR claims.id IN (
        SELECT claim FROM claim_names JOIN aliases ON aliases.fold = :entity
        JOIN entities ON entities.id = aliases.entity
        WHERE claim_names.entity = coalesce(entities.merged_into, entities.id)
    ));

-- name: forget_words_of_passages!
INSERT INTO passages_fts (passages_fts, rowid, text, speaker, title, show)
SELECT 'delete', id, text, speaker, title, show FROM passage_words WHERE space = :tenant;

-- name: forget_words_of_claims!
INSERT INTO claims_fts (claims_fts, rowid, text, speaker, title, show)
SELECT 'delete', id, text, speaker, title, show FROM claim_words WHERE space = :tenant;
