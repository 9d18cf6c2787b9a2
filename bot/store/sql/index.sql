-- name: index_passages_text!
INSERT INTO passages_fts (rowid, text, speaker, title, show)
SELECT id, text, speaker, title, show FROM passage_words WHERE conversation = :conversation;

-- name: forget_passages_text!
-- To be run while conversation, turns and passages are still what they were when they were indexed.
INSERT INTO passages_fts (passages_fts, rowid, text, speaker, title, show)
SELECT 'delete', id, text, speaker, title, show FROM passage_words WHERE conversation = :conversation;

-- name: index_claims_text!
INSERT INTO claims_fts (rowid, text, speaker, title, show)
SELECT id, text, speaker, title, show FROM claim_words WHERE conversation = :conversation;

-- name: forget_claims_text!
-- To be run while conversation and claims are still what they were when they were indexed.
INSERT INTO claims_fts (claims_fts, rowid, text, speaker, title, show)
SELECT 'delete', id, text, speaker, title, show FROM claim_words WHERE conversation = :conversation;

-- name: count_passages
SELECT value AS words, (SELECT count(*) FROM passages_fts WHERE passages_fts MATCH value) AS rows
FROM json_each(:words)
UNION ALL
SELECT '', count(*) FROM passages;

-- name: count_claims
SELECT value AS words, (SELECT count(*) FROM claims_fts WHERE claims_fts MATCH value) AS rows
FROM json_each(:words)
UNION ALL
SELECT '', count(*) FROM claims;

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
JOIN passages ON passages.id = found.rowid JOIN conversations ON conversations.id = passages.conversation
ORDER BY found.rank;

-- name: match_passages_within
-- The cross joins keep SQLite from running the full-text query once a row.
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
        AND (:speaker IS NULL OR EXISTS (
            SELECT 1 FROM turns
            WHERE turns.conversation = passages.conversation AND turns.n BETWEEN turn AND last
                AND turns.speaker = :speaker COLLATE NOCASE
        ))
        AND (:entity IS NULL OR passages.id IN (
            SELECT rowid FROM passages_fts WHERE passages_fts MATCH :entity
        ))
    ORDER BY 2 LIMIT :limit
) AS found
JOIN passages ON passages.id = found.rowid JOIN conversations ON conversations.id = passages.conversation
ORDER BY found.rank;

-- name: passages_within
SELECT id FROM passage_words
WHERE
    (space IS NULL OR space = :space)
    AND (:conversation IS NULL OR key = :conversation)
    AND (:show IS NULL OR show = :show COLLATE NOCASE)
    AND (:since IS NULL OR date >= :since)
    AND (:until IS NULL OR date <= :until)
    AND (:speaker IS NULL OR EXISTS (
        SELECT 1 FROM turns
        WHERE turns.conversation = passage_words.conversation AND turns.n BETWEEN turn AND last
            AND turns.speaker = :speaker COLLATE NOCASE
    ))
    AND (:entity IS NULL OR id IN (
        SELECT rowid FROM passages_fts WHERE passages_fts MATCH :entity
    ))
ORDER BY id;

-- name: look_passages
-- Reading the speakers of one turn again takes longer than all the rest.
SELECT
    passages.id, passages.text, title, show, date, 0.0 AS rank,
    CASE WHEN turn = last THEN speaker ELSE (
        SELECT group_concat(turns.speaker) FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN turn AND last
    ) END AS speaker
FROM passages JOIN conversations ON conversations.id = passages.conversation
WHERE
    passages.id IN (SELECT value FROM json_each(:ids))
    AND (space IS NULL OR space = :space)
    AND (:conversation IS NULL OR key = :conversation)
    AND (:show IS NULL OR conversations.show = :show COLLATE NOCASE)
    AND (:since IS NULL OR date >= :since)
    AND (:until IS NULL OR date <= :until)
    AND (:speaker IS NULL OR EXISTS (
        SELECT 1 FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN turn AND last
            AND turns.speaker = :speaker COLLATE NOCASE
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
    AND (:speaker IS NULL OR EXISTS (
        SELECT 1 FROM turns
        WHERE turns.conversation = passage_words.conversation AND turns.n BETWEEN turn AND last
            AND turns.speaker = :speaker COLLATE NOCASE
    ))
    AND (:entity IS NULL OR id IN (
        SELECT rowid FROM passages_fts WHERE passages_fts MATCH :entity
    ))
ORDER BY date DESC, id DESC LIMIT :limit;

-- name: makers_of_passages
SELECT DISTINCT maker FROM vectors_of_passages;

-- name: forget_vectors_of_passages!
DELETE FROM vectors_of_passages WHERE maker = :maker;

-- name: newest_of_passages^
SELECT coalesce(max(id), 0) AS id FROM passages;

-- name: optimize_passages!
INSERT INTO passages_fts (passages_fts) VALUES ('optimize');

-- name: optimize_claims!
INSERT INTO claims_fts (claims_fts) VALUES ('optimize');

-- name: pending_passages
SELECT passages.id, conversations.title || char(10) || passages.text AS text
FROM (
    SELECT passages.id FROM conversations CROSS JOIN passages ON passages.conversation = conversations.id
    WHERE NOT EXISTS (SELECT 1 FROM vectors_of_passages AS made WHERE made.id = passages.id AND made.maker = :maker)
    ORDER BY conversations.date DESC, passages.id LIMIT :limit
) AS pending JOIN passages USING (id) JOIN conversations ON conversations.id = passages.conversation;

-- name: count_pending_passages^
SELECT (SELECT count(*) FROM passages) - (SELECT count(*) FROM vectors_of_passages WHERE maker = :maker) AS rows;

-- name: put_vector_of_passages*!
-- A row that has gone meanwhile has no vector.
INSERT OR REPLACE INTO vectors_of_passages (maker, id, vector)
SELECT :maker, id, :vector FROM passages WHERE id = :id;

-- name: vectors_of_passages
SELECT made, id, vector FROM vectors_of_passages WHERE made > :after AND maker = :maker ORDER BY made;

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
-- The cross joins keep SQLite from running the full-text query once a row.
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
        AND (:speaker IS NULL OR claims.speaker = :speaker COLLATE NOCASE)
        AND (:entity IS NULL OR claims.id IN (
            SELECT claim FROM claim_names JOIN aliases ON aliases.fold = :entity
            JOIN entities ON entities.id = aliases.entity
            WHERE claim_names.entity = coalesce(entities.merged_into, entities.id)
        ))
    ORDER BY 2 LIMIT :limit
) AS found JOIN claim_words ON claim_words.id = found.rowid
ORDER BY found.rank;

-- name: claims_within
SELECT id FROM claim_words
WHERE
    (space IS NULL OR space = :space)
    AND (:conversation IS NULL OR key = :conversation)
    AND (:show IS NULL OR show = :show COLLATE NOCASE)
    AND (:since IS NULL OR date >= :since)
    AND (:until IS NULL OR date <= :until)
    AND (:speaker IS NULL OR EXISTS (
        SELECT 1 FROM claims WHERE claims.id = claim_words.id AND claims.speaker = :speaker COLLATE NOCASE
    ))
    AND (:entity IS NULL OR id IN (
        SELECT claim FROM claim_names JOIN aliases ON aliases.fold = :entity
        JOIN entities ON entities.id = aliases.entity
        WHERE claim_names.entity = coalesce(entities.merged_into, entities.id)
    ))
ORDER BY id;

-- name: look_claims
SELECT id, text, speaker, title, show, date, 0.0 AS rank FROM claim_words
WHERE
    id IN (SELECT value FROM json_each(:ids))
    AND (space IS NULL OR space = :space)
    AND (:conversation IS NULL OR key = :conversation)
    AND (:show IS NULL OR show = :show COLLATE NOCASE)
    AND (:since IS NULL OR date >= :since)
    AND (:until IS NULL OR date <= :until)
    AND (:speaker IS NULL OR EXISTS (
        SELECT 1 FROM claims WHERE claims.id = claim_words.id AND claims.speaker = :speaker COLLATE NOCASE
    ))
    AND (:entity IS NULL OR id IN (
        SELECT claim FROM claim_names JOIN aliases ON aliases.fold = :entity
        JOIN entities ON entities.id = aliases.entity
        WHERE claim_names.entity = coalesce(entities.merged_into, entities.id)
    ));

-- name: newest_claims
SELECT id, text, speaker, title, show, date, 0.0 AS rank FROM claim_words
WHERE
    (space IS NULL OR space = :space)
    AND (:conversation IS NULL OR key = :conversation)
    AND (:show IS NULL OR show = :show COLLATE NOCASE)
    AND (:since IS NULL OR date >= :since)
    AND (:until IS NULL OR date <= :until)
    AND (:speaker IS NULL OR EXISTS (
        SELECT 1 FROM claims WHERE claims.id = claim_words.id AND claims.speaker = :speaker COLLATE NOCASE
    ))
    AND (:entity IS NULL OR id IN (
        SELECT claim FROM claim_names JOIN aliases ON aliases.fold = :entity
        JOIN entities ON entities.id = aliases.entity
        WHERE claim_names.entity = coalesce(entities.merged_into, entities.id)
    ))
ORDER BY date DESC, id DESC LIMIT :limit;

-- name: makers_of_claims
SELECT DISTINCT maker FROM vectors_of_claims;

-- name: forget_vectors_of_claims!
DELETE FROM vectors_of_claims WHERE maker = :maker;

-- name: newest_of_claims^
SELECT coalesce(max(id), 0) AS id FROM claims;

-- name: pending_claims
SELECT claims.id, conversations.title || char(10) || claims.text AS text
FROM (
    SELECT claims.id FROM conversations CROSS JOIN claims ON claims.conversation = conversations.id
    WHERE NOT EXISTS (SELECT 1 FROM vectors_of_claims AS made WHERE made.id = claims.id AND made.maker = :maker)
    ORDER BY conversations.date DESC, claims.id LIMIT :limit
) AS pending JOIN claims USING (id) JOIN conversations ON conversations.id = claims.conversation;

-- name: count_pending_claims^
SELECT (SELECT count(*) FROM claims) - (SELECT count(*) FROM vectors_of_claims WHERE maker = :maker) AS rows;

-- name: put_vector_of_claims*!
-- A row that has gone meanwhile has no vector.
INSERT OR REPLACE INTO vectors_of_claims (maker, id, vector)
SELECT :maker, id, :vector FROM claims WHERE id = :id;

-- name: vectors_of_claims
SELECT made, id, vector FROM vectors_of_claims WHERE made > :after AND maker = :maker ORDER BY made;

-- name: passages_by_id
SELECT
    passages.id, passages.turn, passages.last, passages.speaker, passages.t, passages.text,
    conversations.key, conversations.show, conversations.title, conversations.date, conversations.url,
    (
        SELECT json_group_array(turns.speaker) FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN passages.turn AND passages.last
    ) AS speakers
FROM passages JOIN conversations ON conversations.id = passages.conversation
WHERE passages.id IN (SELECT value FROM json_each(:ids)) AND (space IS NULL OR space = :space);

-- name: claims_by_id
SELECT
    claims.*, conversations.key AS conversation_key, conversations.show, conversations.title, conversations.date,
    conversations.url,
    (
        SELECT json_group_array(json_array(name, kind, about)) FROM claim_names WHERE claim_names.claim = claims.id
    ) AS entities
FROM claims JOIN conversations ON conversations.id = claims.conversation
WHERE claims.id IN (SELECT value FROM json_each(:ids)) AND (space IS NULL OR space = :space);

-- name: names_of_entity
SELECT other.alias FROM aliases
JOIN entities AS said ON said.id = aliases.entity
JOIN entities AS root ON coalesce(root.merged_into, root.id) = coalesce(said.merged_into, said.id)
JOIN aliases AS other ON other.entity = root.id
WHERE aliases.fold = :fold;
