-- What a member keeps looking for at the desk: a name and the query of the address, which has no free words in it.
CREATE TABLE saved_filter (
  tenant INTEGER NOT NULL,
  member TEXT NOT NULL,
  name TEXT NOT NULL,
  query TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, member, name)
);
