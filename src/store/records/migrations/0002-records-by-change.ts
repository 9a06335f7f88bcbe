/** Kinds with a slash are the many small records of a bucket: they are listed by their ids alone, and cost these indexes nothing. */
export const recordsByChange = `
drop index linnet.records_by_creation;
create index records_by_creation on linnet.records (kind, created_at_ms, id) where strpos(kind, '/') = 0;
create index records_by_change on linnet.records (kind, updated_at_ms, id) where strpos(kind, '/') = 0;
`;
