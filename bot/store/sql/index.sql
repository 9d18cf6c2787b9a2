-- name: index_passages_text!
INSERT INTO passages_fts (rowid, text, speaker, title, show, date)
SELECT id, text, speaker, title, show, date FROM passage_words WHERE conversation = :conversation;

-- name: forget_passages_text!
-- To be run while title, show, date and passages are still what they were when they were indexed.
INSERT INTO passages_fts (passages_fts, rowid, text, speaker, title, show, date)
SELECT 'delete', id, text, speaker, title, show, date FROM passage_words WHERE conversation = :conversation;

-- name: index_claims_text!
INSERT INTO claims_fts (rowid, text, speaker, title, show, date)
SELECT id, text, speaker, title, show, date FROM claim_words WHERE conversation = :conversation;

-- name: forget_claims_text!
-- To be run while title, show, date and claims are still what they were when they were indexed.
INSERT INTO claims_fts (claims_fts, rowid, text, speaker, title, show, date)
SELECT 'delete', id, text, speaker, title, show, date FROM claim_words WHERE conversation = :conversation;
