-- What its makers write about a conversation, and by which version of the reader it was read last: '0' is any before
-- this column, '' is known to nobody and left as it is.
ALTER TABLE conversations ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN reader TEXT NOT NULL DEFAULT '0';

-- "lead_in" is JSON; "happened_first" and "happened_last" are dates. A claim that only a later reading found is
-- "reread" and no news. One that the newest reading no longer finds is "retired": it stays for whom it was told to.
-- A model pointed at what is "proposed".
ALTER TABLE claims ADD COLUMN importance REAL NOT NULL DEFAULT 1.0;
ALTER TABLE claims ADD COLUMN needs_context REAL NOT NULL DEFAULT 0.0;
ALTER TABLE claims ADD COLUMN about TEXT NOT NULL DEFAULT '';
ALTER TABLE claims ADD COLUMN lead_in TEXT;
ALTER TABLE claims ADD COLUMN happened_first TEXT;
ALTER TABLE claims ADD COLUMN happened_last TEXT;
ALTER TABLE claims ADD COLUMN reread INTEGER NOT NULL DEFAULT 0;
ALTER TABLE claims ADD COLUMN retired INTEGER NOT NULL DEFAULT 0;
ALTER TABLE claims ADD COLUMN proposed INTEGER NOT NULL DEFAULT 0;

DROP VIEW whole_claims;
CREATE VIEW whole_claims AS
SELECT
    claims.id, claims.key, claims.turn, claims.start, claims."end", claims.text, claims.quote, claims.speaker,
    claims.claimant, claims.relayers, claims.modality, claims.t, claims.figures, claims.importance,
    claims.needs_context, claims.about, claims.lead_in, claims.happened_first, claims.happened_last, claims.retired,
    conversations.key AS conversation_key, conversations.show, conversations.title, conversations.date,
    conversations.url, conversations.space,
    (
        SELECT json_group_array(json_array(name, kind, about)) FROM claim_names WHERE claim_names.claim = claims.id
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
