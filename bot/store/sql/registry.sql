-- name: entity_by_fold^
SELECT root.id, root.name, root.fold, root.kind
FROM aliases
JOIN entities AS said ON said.id = aliases.entity
JOIN entities AS root ON root.id = coalesce(said.merged_into, said.id)
WHERE aliases.fold = :fold;

-- name: aliases_of
SELECT aliases.alias
FROM aliases JOIN entities ON entities.id = aliases.entity
WHERE coalesce(entities.merged_into, entities.id) = :entity AND aliases.alias <> :name
GROUP BY aliases.alias ORDER BY length(aliases.alias), aliases.alias;

-- name: entities_by_prefix
-- Whoever is named in what may be read is gathered once: looked for name by name it takes minutes.
WITH heard AS MATERIALIZED (
    SELECT DISTINCT coalesce(said.merged_into, said.id) AS entity
    FROM claim_entities
    JOIN entities AS said ON said.id = claim_entities.entity
    JOIN claims ON claims.id = claim_entities.claim
    JOIN conversations ON conversations.id = claims.conversation
    WHERE claims.retired = 0 AND (conversations.space IS NULL OR conversations.space = :space)
)
SELECT root.name, root.kind, (SELECT count(*) FROM claim_entities WHERE entity = root.id) AS claims
FROM aliases
JOIN entities AS said ON said.id = aliases.entity
JOIN entities AS root ON root.id = coalesce(said.merged_into, said.id)
WHERE
    aliases.fold >= :prefix AND aliases.fold < :after
    AND root.id IN (SELECT entity FROM heard)
GROUP BY root.id ORDER BY claims DESC, root.name LIMIT :limit;

-- name: entity_counts^
SELECT
    count(*) AS claims,
    count(*) FILTER (WHERE conversations.date > :week_before AND conversations.date <= :today) AS week
FROM claim_names
JOIN claims ON claims.id = claim_names.claim
JOIN conversations ON conversations.id = claims.conversation
WHERE claim_names.entity = :entity AND claims.retired = 0 AND (conversations.space IS NULL OR conversations.space = :space);

-- name: entity_speakers
SELECT claims.speaker, count(*) AS claims
FROM claim_names
JOIN claims ON claims.id = claim_names.claim
JOIN conversations ON conversations.id = claims.conversation
WHERE
    claim_names.entity = :entity AND claims.retired = 0
    AND (conversations.space IS NULL OR conversations.space = :space)
GROUP BY claims.speaker ORDER BY count(*) DESC, claims.speaker;

-- name: entity_timeline
SELECT conversations.date, count(*) AS claims
FROM claim_names
JOIN claims ON claims.id = claim_names.claim
JOIN conversations ON conversations.id = claims.conversation
WHERE claim_names.entity = :entity AND claims.retired = 0 AND (conversations.space IS NULL OR conversations.space = :space)
GROUP BY conversations.date ORDER BY conversations.date DESC LIMIT 14;

-- name: all_names
-- Whoever is named in what may be read is gathered once: looked for name by name it takes minutes.
WITH heard AS MATERIALIZED (
    SELECT DISTINCT coalesce(said.merged_into, said.id) AS entity
    FROM claim_entities
    JOIN entities AS said ON said.id = claim_entities.entity
    JOIN claims ON claims.id = claim_entities.claim
    JOIN conversations ON conversations.id = claims.conversation
    WHERE claims.retired = 0 AND (conversations.space IS NULL OR conversations.space = :space)
)
SELECT root.name, root.kind, aliases.fold
FROM aliases
JOIN entities AS said ON said.id = aliases.entity
JOIN entities AS root ON root.id = coalesce(said.merged_into, said.id)
WHERE root.id IN (SELECT entity FROM heard);

-- name: merge_entities!
UPDATE entities SET merged_into = :keep WHERE id = :drop OR merged_into = :drop;

-- name: split_entity!
UPDATE entities SET merged_into = NULL WHERE id = :said;

-- name: merged_root^
SELECT said.id, said.fold, root.fold AS root
FROM aliases
JOIN entities AS said ON said.id = aliases.entity
JOIN entities AS root ON root.id = said.merged_into
WHERE aliases.fold = :fold;

-- name: keep_apart*!
INSERT INTO apart (one, other) VALUES (:one, :other) ON CONFLICT DO NOTHING;

-- name: pairs_apart
SELECT one, other FROM apart;

-- name: are_apart^
SELECT 1 FROM apart WHERE (one = :one AND other = :other) OR (one = :other AND other = :one);

-- name: names_by_weight
SELECT claim_names.name, count(*) AS claims
FROM claim_names
JOIN claims ON claims.id = claim_names.claim
JOIN conversations ON conversations.id = claims.conversation
WHERE claims.retired = 0 AND (conversations.space IS NULL OR conversations.space = :space)
GROUP BY claim_names.entity, claim_names.name ORDER BY claims DESC, claim_names.name;

-- name: known_entities
SELECT root.id, root.name, root.kind, count(*) AS claims
FROM claim_names
JOIN entities AS root ON root.id = claim_names.entity
JOIN claims ON claims.id = claim_names.claim
JOIN conversations ON conversations.id = claims.conversation AND conversations.space IS NULL
WHERE claims.retired = 0
GROUP BY root.id HAVING count(*) >= :least ORDER BY claims DESC, root.name LIMIT :limit;

-- name: aliases_by_entity
SELECT coalesce(entities.merged_into, entities.id) AS entity, aliases.alias
FROM aliases JOIN entities ON entities.id = aliases.entity
ORDER BY length(aliases.alias), aliases.alias;

-- name: people
WITH heard AS MATERIALIZED (
    SELECT coalesce(said.merged_into, said.id) AS entity, count(*) AS claims
    FROM claim_entities
    JOIN entities AS said ON said.id = claim_entities.entity
    JOIN claims ON claims.id = claim_entities.claim
    JOIN conversations ON conversations.id = claims.conversation
    WHERE conversations.space IS NULL OR conversations.space = :space
    GROUP BY 1
)
SELECT root.name, root.fold AS root, aliases.fold
FROM heard
JOIN entities AS root ON root.id = heard.entity AND root.kind = 'person'
JOIN entities AS said ON coalesce(said.merged_into, said.id) = root.id
JOIN aliases ON aliases.entity = said.id
ORDER BY heard.claims DESC, root.name;

-- name: heard_as
SELECT root.fold, root.kind FROM claim_entities
JOIN entities AS said ON said.id = claim_entities.entity
JOIN entities AS root ON root.id = coalesce(said.merged_into, said.id)
JOIN claims ON claims.id = claim_entities.claim
JOIN conversations ON conversations.id = claims.conversation
WHERE heard_as <> '' AND lower(heard_as) = :fold AND (conversations.space IS NULL OR conversations.space = :space)
GROUP BY root.fold, root.kind ORDER BY count(*) DESC;

-- name: heard_names
SELECT heard_as, count(*) AS claims FROM claim_entities
JOIN entities AS said ON said.id = claim_entities.entity
JOIN claims ON claims.id = claim_entities.claim
JOIN conversations ON conversations.id = claims.conversation
WHERE
    heard_as <> '' AND coalesce(said.merged_into, said.id) = :entity
    AND (conversations.space IS NULL OR conversations.space = :space)
GROUP BY heard_as ORDER BY claims DESC, heard_as;

-- name: copy_misheard!
INSERT INTO claim_entities (claim, entity, about)
SELECT misheard.claim, aliases.entity, misheard.about
FROM claim_entities AS misheard JOIN aliases ON aliases.fold = :fold
WHERE misheard.heard_as <> '' AND lower(misheard.heard_as) = :fold
ON CONFLICT DO NOTHING;

-- name: drop_misheard!
DELETE FROM claim_entities WHERE heard_as <> '' AND lower(heard_as) = :fold;
