-- What its makers write about a conversation, and by which version of the reader it was read last: '0' is any before
-- this column, '' is known to nobody and left as it is.
ALTER TABLE conversations ADD COLUMN description TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN reader TEXT COLLATE "C" NOT NULL DEFAULT '0';

-- "lead_in" is JSON; "happened_first" and "happened_last" are dates. A claim that only a later reading found is
-- "reread" and no news. One that the newest reading no longer finds is "retired": it stays for whom it was told to.
-- A model pointed at what is "proposed".
ALTER TABLE claims ADD COLUMN importance DOUBLE PRECISION NOT NULL DEFAULT 1.0;
ALTER TABLE claims ADD COLUMN needs_context DOUBLE PRECISION NOT NULL DEFAULT 0.0;
ALTER TABLE claims ADD COLUMN about TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE claims ADD COLUMN lead_in TEXT COLLATE "C";
ALTER TABLE claims ADD COLUMN happened_first TEXT COLLATE "C";
ALTER TABLE claims ADD COLUMN happened_last TEXT COLLATE "C";
ALTER TABLE claims ADD COLUMN reread BIGINT NOT NULL DEFAULT 0;
ALTER TABLE claims ADD COLUMN retired BIGINT NOT NULL DEFAULT 0;
ALTER TABLE claims ADD COLUMN proposed BIGINT NOT NULL DEFAULT 0;

DROP VIEW whole_claims;
CREATE VIEW whole_claims AS
SELECT
    claims.id, claims.key, claims.turn, claims.start, claims."end", claims.text, claims.quote, claims.speaker,
    claims.claimant, claims.relayers, claims.modality, claims.t, claims.figures, claims.importance,
    claims.needs_context, claims.about, claims.lead_in, claims.happened_first, claims.happened_last, claims.retired,
    conversations.key AS conversation_key, conversations.show, conversations.title, conversations.date,
    conversations.url, conversations.space,
    (
        SELECT coalesce(json_agg(json_build_array(root.name, root.kind, named.about) ORDER BY named.entity), '[]')
        FROM claim_entities AS named
        JOIN entities AS said ON said.id = named.entity
        JOIN entities AS root ON root.id = coalesce(said.merged_into, said.id)
        WHERE named.claim = claims.id
    ) AS entities
FROM conversations JOIN claims ON claims.conversation = conversations.id;

-- Nobody searches for what is retired.
DROP VIEW claim_words;
CREATE VIEW claim_words AS
SELECT
    claims.id, claims.conversation, claims.text || ' ' || claims.quote AS text,
    claims.speaker || ', ' || claims.claimant AS speaker,
    conversations.title, conversations.show, conversations.date, conversations.key, conversations.space
FROM claims JOIN conversations ON conversations.id = claims.conversation
WHERE claims.retired = 0;
