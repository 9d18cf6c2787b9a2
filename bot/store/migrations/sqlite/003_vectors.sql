-- Which table of meaning made the vectors that lie beside passages and claims: vectors of two tables do not compare.
CREATE TABLE vectors_made_by (maker TEXT NOT NULL) STRICT;
