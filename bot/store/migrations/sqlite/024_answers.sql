-- Where the answer to an event stands for all to read, as its platform writes it: it goes when the question goes.
ALTER TABLE inbox ADD COLUMN answer TEXT;
