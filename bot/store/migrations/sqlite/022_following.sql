-- Who follows a name is found from the name, under each of its spellings: that costs as much as there are followers.
CREATE INDEX follows_of_entity ON follows (entity);
CREATE INDEX entities_merged ON entities (merged_into) WHERE merged_into IS NOT NULL;

-- Which process is sending a delivery, so that another one can tell when it has ended.
ALTER TABLE outbox ADD COLUMN holder TEXT NOT NULL DEFAULT '';
