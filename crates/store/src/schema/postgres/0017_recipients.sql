-- Service recipients: people who agreed to be helped. What says who they are is sealed under a key of their own; the rest is what lists
-- and counts are made of. The row is gone, not marked, once the consent is over.
CREATE TABLE recipient (
  tenant bigint NOT NULL,
  id bytea NOT NULL,
  -- From 1; a change writes the next.
  version bigint NOT NULL,
  unit text COLLATE "C" NOT NULL,
  area text COLLATE "C" NOT NULL,
  -- Codes of groups and of purposes, JSON.
  kinds text NOT NULL,
  purposes text NOT NULL,
  given_by text NOT NULL,
  how text NOT NULL,
  consent_at bigint NOT NULL,
  consent_until bigint NOT NULL,
  registered_at bigint NOT NULL,
  withdrawn_at bigint,
  -- Sealed fields, JSON.
  sealed text NOT NULL,
  PRIMARY KEY (tenant, id)
);
-- Samples of a column outlive its last row: of this one none are taken.
ALTER TABLE recipient ALTER COLUMN sealed SET STATISTICS 0;
CREATE INDEX recipient_unit ON recipient (tenant, unit, area);
