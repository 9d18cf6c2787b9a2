-- What is read of a passage and of a claim, whole: where engines word it differently, they do so here.
CREATE VIEW whole_passages AS
SELECT
    passages.id, passages.turn, passages.last, passages.speaker, passages.t, passages.text,
    conversations.key, conversations.show, conversations.title, conversations.date, conversations.url,
    conversations.space,
    (
        SELECT json_group_array(turns.speaker) FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN passages.turn AND passages.last
    ) AS speakers
FROM passages JOIN conversations ON conversations.id = passages.conversation;

CREATE VIEW whole_claims AS
SELECT
    claims.id, claims.key, claims.turn, claims.start, claims."end", claims.text, claims.quote, claims.speaker,
    claims.claimant, claims.relayers, claims.modality, claims.t, claims.figures,
    conversations.key AS conversation_key, conversations.show, conversations.title, conversations.date,
    conversations.url, conversations.space,
    (
        SELECT json_group_array(json_array(name, kind, about)) FROM claim_names WHERE claim_names.claim = claims.id
    ) AS entities
FROM conversations JOIN claims ON claims.conversation = conversations.id;
