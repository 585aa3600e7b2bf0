-- What lists of public cases are chosen by. Derived. Clustered in the order in which they are listed, so that a far page is found by
-- walking over small rows.
CREATE TABLE public_case (
  tenant INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  case_id BLOB NOT NULL,
  -- When something last changed that somebody outside can notice.
  updated_at INTEGER NOT NULL,
  -- open, closed, or hidden where nobody outside hears of it whatever its matter.
  status TEXT NOT NULL,
  matter TEXT,
  area TEXT,
  PRIMARY KEY (tenant, received_at, case_id)
) WITHOUT ROWID;
CREATE INDEX public_updated ON public_case (tenant, updated_at, case_id);
