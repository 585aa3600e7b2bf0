-- Which units have, or had, a part in a case: what their members may read. Derived.
CREATE TABLE part (
  tenant INTEGER NOT NULL,
  unit TEXT NOT NULL,
  case_id BLOB NOT NULL,
  PRIMARY KEY (tenant, unit, case_id)
) WITHOUT ROWID;
