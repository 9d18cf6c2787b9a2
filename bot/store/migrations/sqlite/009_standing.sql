-- Deliveries are counted by platform and state whenever somebody asks how things stand. The platform is first, or
-- what is due would be looked for here, too.
CREATE INDEX outbox_standing ON outbox (substr(address, 1, instr(address, ':') - 1), state);
