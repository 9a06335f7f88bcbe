// audit: a log that only grows, in which each line proves all before it.
// It never knows what the events mean, and it keeps no clock.
// Start reading at chain.ts.
export { type AuditEvent, chainKey } from './chain.ts';
export { auditFiles, auditFolder } from './files.ts';
export { type AuditLog, openAuditLog, sealHead } from './log.ts';
export { type AuditPage, type FoundEvent, searchAudit } from './search.ts';
export { type Verdict, verifyAudit } from './verify.ts';
