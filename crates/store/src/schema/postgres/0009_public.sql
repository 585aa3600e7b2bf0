-- What lists of public cases are chosen by. Derived. The key carries every column, so that a far page is found in the index alone.
CREATE TABLE public_case (
  tenant bigint NOT NULL,
  received_at bigint NOT NULL,
  case_id bytea NOT NULL,
  -- When something last changed that somebody outside can notice.
  updated_at bigint NOT NULL,
  -- open, closed, or hidden where nobody outside hears of it whatever its matter.
  status text COLLATE "C" NOT NULL,
  matter text COLLATE "C",
  area text COLLATE "C",
  PRIMARY KEY (tenant, received_at, case_id) INCLUDE (updated_at, status, matter, area)
);
CREATE INDEX public_updated ON public_case (tenant, updated_at, case_id);
