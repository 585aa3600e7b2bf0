-- Service recipients: people who agreed to be helped. What says who they are is sealed under a key of their own; the rest is what lists
-- and counts are made of. The row is gone, not marked, once the consent is over.
CREATE TABLE recipient (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  -- From 1; a change writes the next.
  version INTEGER NOT NULL,
  unit TEXT NOT NULL,
  area TEXT NOT NULL,
  -- Codes of groups and of purposes, JSON.
  kinds TEXT NOT NULL,
  purposes TEXT NOT NULL,
  given_by TEXT NOT NULL,
  how TEXT NOT NULL,
  consent_at INTEGER NOT NULL,
  consent_until INTEGER NOT NULL,
  registered_at INTEGER NOT NULL,
  withdrawn_at INTEGER,
  -- Sealed fields, JSON.
  sealed TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX recipient_unit ON recipient (tenant, unit, area);
