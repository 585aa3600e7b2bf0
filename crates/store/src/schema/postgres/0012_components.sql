-- Components of the city, as every change left them: appended, never changed.
CREATE TABLE component_change (
  tenant bigint NOT NULL,
  code text COLLATE "C" NOT NULL,
  -- From 1, without gaps, per component.
  no bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  -- Class and kind, of the code.
  kind text COLLATE "C" NOT NULL,
  matter text COLLATE "C",
  lon_e7 bigint,
  lat_e7 bigint,
  area text COLLATE "C",
  owner text COLLATE "C",
  keeper text COLLATE "C",
  supervisor text COLLATE "C",
  note text COLLATE "C" NOT NULL,
  since bigint NOT NULL,
  until bigint,
  -- When, and by which table: the hash of its preview.
  at bigint NOT NULL,
  run text COLLATE "C" NOT NULL,
  member text COLLATE "C" NOT NULL,
  reason text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, code, no)
);

-- The last change of each. Derived.
CREATE TABLE component (
  tenant bigint NOT NULL,
  code text COLLATE "C" NOT NULL,
  no bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  -- Class and kind, of the code.
  kind text COLLATE "C" NOT NULL,
  matter text COLLATE "C",
  lon_e7 bigint,
  lat_e7 bigint,
  area text COLLATE "C",
  owner text COLLATE "C",
  keeper text COLLATE "C",
  supervisor text COLLATE "C",
  note text COLLATE "C" NOT NULL,
  since bigint NOT NULL,
  until bigint,
  -- When, and by which table: the hash of its preview.
  at bigint NOT NULL,
  run text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, code)
);
CREATE INDEX component_place ON component (tenant, lat_e7, lon_e7);
CREATE INDEX component_kind ON component (tenant, kind, code);
CREATE INDEX component_area ON component (tenant, area, code);

-- The component that a case is about, as it was reported.
ALTER TABLE case_row ADD COLUMN component text COLLATE "C";
CREATE INDEX case_component ON case_row (tenant, component, received_at) WHERE component IS NOT NULL;
