-- Likely duplicates are found in the index alone: of a frequent matter hundreds of cases come in a day, and few of them lie near.
DROP INDEX case_matter;
CREATE INDEX case_matter ON case_row (tenant, matter, received_at, lon_e7, lat_e7);
