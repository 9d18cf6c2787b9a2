-- Who follows a name is found from the name: that costs as much as there are followers.
CREATE INDEX follows_of_entity ON follows (entity, id);

-- Which process is sending a delivery, so that another one can tell when it has ended.
ALTER TABLE outbox ADD COLUMN holder TEXT COLLATE "C" NOT NULL DEFAULT '';
