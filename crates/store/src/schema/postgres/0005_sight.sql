-- Which units have, or had, a part in a case: what their members may read. Derived.
CREATE TABLE part (
  tenant bigint NOT NULL,
  unit text COLLATE "C" NOT NULL,
  case_id bytea NOT NULL,
  PRIMARY KEY (tenant, unit, case_id)
);
