-- Components of the city, as every change left them: appended, never changed.
CREATE TABLE component_change (
  tenant INTEGER NOT NULL,
  code TEXT NOT NULL,
  -- From 1, without gaps, per component.
  no INTEGER NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  -- Class and kind, of the code.
  kind TEXT NOT NULL,
  matter TEXT,
  lon_e7 INTEGER,
  lat_e7 INTEGER,
  area TEXT,
  owner TEXT,
  keeper TEXT,
  supervisor TEXT,
  note TEXT NOT NULL,
  since INTEGER NOT NULL,
  until INTEGER,
  -- When, and by which table: the hash of its preview.
  at INTEGER NOT NULL,
  run TEXT NOT NULL,
  member TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (tenant, code, no)
) WITHOUT ROWID;

-- The last change of each. Derived.
CREATE TABLE component (
  tenant INTEGER NOT NULL,
  code TEXT NOT NULL,
  no INTEGER NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  -- Class and kind, of the code.
  kind TEXT NOT NULL,
  matter TEXT,
  lon_e7 INTEGER,
  lat_e7 INTEGER,
  area TEXT,
  owner TEXT,
  keeper TEXT,
  supervisor TEXT,
  note TEXT NOT NULL,
  since INTEGER NOT NULL,
  until INTEGER,
  -- When, and by which table: the hash of its preview.
  at INTEGER NOT NULL,
  run TEXT NOT NULL,
  PRIMARY KEY (tenant, code)
) WITHOUT ROWID;
CREATE INDEX component_place ON component (tenant, lat_e7, lon_e7);
CREATE INDEX component_kind ON component (tenant, kind, code);
CREATE INDEX component_area ON component (tenant, area, code);

-- The component that a case is about, as it was reported.
ALTER TABLE case_row ADD COLUMN component TEXT;
CREATE INDEX case_component ON case_row (tenant, component, received_at) WHERE component IS NOT NULL;
