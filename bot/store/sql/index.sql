-- name: makers_of_passages
SELECT DISTINCT maker FROM vectors_of_passages;

-- name: forget_vectors_of_passages!
DELETE FROM vectors_of_passages WHERE maker = :maker;

-- name: newest_of_passages^
SELECT coalesce(max(id), 0) AS id FROM passages;

-- name: pending_passages
SELECT passages.id, conversations.title, passages.text
FROM (
    SELECT passages.id FROM conversations CROSS JOIN passages
    WHERE
        passages.conversation = conversations.id
        AND NOT EXISTS (SELECT 1 FROM vectors_of_passages AS made WHERE made.id = passages.id AND made.maker = :maker)
    ORDER BY conversations.date DESC, passages.id LIMIT :limit
) AS pending JOIN spoken_passages AS passages USING (id) JOIN conversations ON conversations.id = passages.conversation
ORDER BY conversations.date DESC, passages.id;

-- name: count_pending_passages^
SELECT (SELECT count(*) FROM passages) - (SELECT count(*) FROM vectors_of_passages WHERE maker = :maker) AS rows;

-- name: put_vector_of_passages*!
-- A row that is gone by now gets no vector; another process may have added the same one.
INSERT INTO vectors_of_passages (maker, id, vector)
SELECT :maker, id, :vector FROM passages WHERE id = :id
ON CONFLICT DO NOTHING;

-- name: vectors_of_passages
SELECT made, id, vector FROM vectors_of_passages WHERE made > :after AND maker = :maker ORDER BY made;

-- name: look_claims
SELECT id, text, speaker, title, show, date, CAST(0 AS REAL) AS rank FROM claim_words
WHERE
    id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids))
    AND (space IS NULL OR space = :space)
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

-- name: newest_claims
SELECT id, text, speaker, title, show, date, CAST(0 AS REAL) AS rank FROM claim_words
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
    ))
ORDER BY date DESC, id DESC LIMIT :limit;

-- name: makers_of_claims
SELECT DISTINCT maker FROM vectors_of_claims;

-- name: forget_vectors_of_claims!
DELETE FROM vectors_of_claims WHERE maker = :maker;

-- name: newest_of_claims^
SELECT coalesce(max(id), 0) AS id FROM claims;

-- name: pending_claims
SELECT claims.id, conversations.title, claims.text
FROM (
    SELECT claims.id FROM conversations CROSS JOIN claims
    WHERE
        claims.conversation = conversations.id
        AND claims.retired = 0
        AND NOT EXISTS (SELECT 1 FROM vectors_of_claims AS made WHERE made.id = claims.id AND made.maker = :maker)
    ORDER BY conversations.date DESC, claims.id LIMIT :limit
) AS pending JOIN spoken_claims AS claims USING (id) JOIN conversations ON conversations.id = claims.conversation
ORDER BY conversations.date DESC, claims.id;

-- name: count_pending_claims^
SELECT (SELECT count(*) FROM claims WHERE retired = 0) - (SELECT count(*) FROM vectors_of_claims WHERE maker = :maker) AS rows;

-- name: put_vector_of_claims*!
-- A row that is gone by now gets no vector; another process may have added the same one.
INSERT INTO vectors_of_claims (maker, id, vector)
SELECT :maker, id, :vector FROM claims WHERE id = :id AND retired = 0
ON CONFLICT DO NOTHING;

-- name: vectors_of_claims
SELECT made, id, vector FROM vectors_of_claims WHERE made > :after AND maker = :maker ORDER BY made;

-- name: passages_by_id
SELECT * FROM whole_passages
WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids)) AND (space IS NULL OR space = :space);

-- name: claims_by_id
SELECT * FROM heard_claims
WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids)) AND retired = 0 AND (space IS NULL OR space = :space);

-- name: names_of_entity
SELECT other.alias FROM aliases
JOIN entities AS said ON said.id = aliases.entity
JOIN entities AS root ON coalesce(root.merged_into, root.id) = coalesce(said.merged_into, said.id)
JOIN aliases AS other ON other.entity = root.id
WHERE aliases.fold = :fold;

-- name: speaker_labels
-- From one label to the next along the index: reading every turn would take a second for five thousand episodes.
WITH RECURSIVE labels (label) AS (
    SELECT min(speaker) FROM turns
    UNION ALL
    SELECT (SELECT min(speaker) FROM turns WHERE speaker > labels.label) FROM labels WHERE labels.label IS NOT NULL
)
SELECT label FROM labels
WHERE
    label IS NOT NULL
    AND EXISTS (
        SELECT 1 FROM turns JOIN conversations ON conversations.id = turns.conversation
        WHERE turns.speaker = label AND (space IS NULL OR space = :space)
    );

-- name: spoken_turn^
SELECT
    turns.t, turns.text,
    (SELECT later.t FROM turns AS later WHERE later.conversation = turns.conversation AND later.n = turns.n + 1) AS ends
FROM spoken_turns AS turns JOIN conversations ON conversations.id = turns.conversation
WHERE conversations.key = :conversation AND turns.n = :turn AND (space IS NULL OR space = :space);
