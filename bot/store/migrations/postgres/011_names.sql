-- Speakers are found under every label that is theirs.
CREATE INDEX turns_by_speaker ON turns (speaker);

-- The transcript's own words if they only sound like the name; '' if they are the name.
ALTER TABLE claim_entities ADD COLUMN heard_as TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX misheard ON claim_entities (heard_as) WHERE heard_as <> '';

CREATE VIEW heard_claims AS
SELECT
    whole_claims.*,
    (
        SELECT coalesce(json_agg(json_build_array(root.name, named.heard_as) ORDER BY named.entity), '[]')
        FROM claim_entities AS named
        JOIN entities AS said ON said.id = named.entity
        JOIN entities AS root ON root.id = coalesce(said.merged_into, said.id)
        WHERE named.claim = whole_claims.id AND named.heard_as <> ''
    ) AS heard
FROM whole_claims;

-- A curly apostrophe and a straight one are the same.
UPDATE entities SET merged_into = (
    SELECT coalesce(root.merged_into, root.id) FROM entities AS root WHERE root.fold = replace(entities.fold, '’', '''')
)
WHERE
    fold LIKE '%’%' AND merged_into IS NULL
    AND EXISTS (SELECT 1 FROM entities AS root WHERE root.fold = replace(entities.fold, '’', ''''));
UPDATE entities SET merged_into = (SELECT root.merged_into FROM entities AS root WHERE root.id = entities.merged_into)
WHERE merged_into IN (SELECT id FROM entities WHERE merged_into IS NOT NULL);
UPDATE entities SET fold = replace(fold, '’', '''')
WHERE fold LIKE '%’%' AND NOT EXISTS (SELECT 1 FROM entities AS root WHERE root.fold = replace(entities.fold, '’', ''''));
INSERT INTO aliases (fold, alias, entity)
SELECT replace(fold, '’', ''''), alias, entity FROM aliases WHERE fold LIKE '%’%'
ON CONFLICT DO NOTHING;
DELETE FROM aliases WHERE fold LIKE '%’%';
INSERT INTO apart (one, other)
SELECT replace(one, '’', ''''), replace(other, '’', '''') FROM apart WHERE one LIKE '%’%' OR other LIKE '%’%'
ON CONFLICT DO NOTHING;
