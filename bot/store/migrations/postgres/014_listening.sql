-- Who follows a name is found from the name: that costs as much as there are followers.
CREATE INDEX follows_of_entity ON follows (entity, id);
