-- What a member keeps looking for at the desk: a name and the query of the address, which has no free words in it.
CREATE TABLE saved_filter (
  tenant bigint NOT NULL,
  member text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  query text COLLATE "C" NOT NULL,
  made_at bigint NOT NULL,
  PRIMARY KEY (tenant, member, name)
);
