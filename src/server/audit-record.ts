import { createHash } from 'node:crypto';
import type { AuditEvent, AuditLog } from '../audit/index.ts';
import type { Call, GatewayOptions, LogEntry } from '../gateway/index.ts';

export interface AuditRecordOptions {
  log: Pick<AuditLog, 'add'>;
  /** Whether invocations of endpoints are recorded, too. */
  invocations: boolean;
  nowMs(): number;
  /** A line of the server's log, for what could not be recorded without anybody waiting for it. */
  warn(text: string): void;
}

/** Operations that only look. */
const looks = /^(Get|List|Describe|Head|Search|Query|BatchDescribe|BatchGet|Filter|Simulate)/;
/** Temporary keys are given out. */
const gives = /^(AssumeRole|GetSessionToken)$/;
/** Writes of data, of which there may be thousands a second: recorded, and synced with the next ones, but not waited for. */
const ofData =
  /^(PutObject|PostObject|CopyObject|DeleteObjects?|CreateMultipartUpload|UploadPart|UploadPartCopy|CompleteMultipartUpload|AbortMultipartUpload|PutObjectTagging|DeleteObjectTagging|PutMetricData|BatchPutMetrics)$/;
const refusals = /^(AccessDenied|UnauthorizedOperation)/;
/** Refused requests recorded in a minute; the next minute's first line counts the others, so that nobody fills the disk without a key. */
const refusedMax = 1_000;

/** Decides what of a request is on record, and whether its answer waits for that. */
export function auditRecord({
  log,
  invocations,
  nowMs,
  warn,
}: AuditRecordOptions): NonNullable<GatewayOptions['record']> {
  const passes = flood();
  const unawaited = (event: AuditEvent): void => {
    log.add(event).catch((cause: unknown) => warn(`An event is not in the audit log: ${String(cause)}`));
  };
  return (entry, call, headers) => {
    if (entry.page !== undefined || entry.operation === undefined) {
      if (entry.refusal === undefined) return;
    }
    const atMs = nowMs();
    const refused = entry.refusal !== undefined || refusals.test(entry.code ?? '');
    if (refused) {
      const skipped = passes(atMs);
      if (skipped === undefined) return;
      return unawaited({ ...eventOf(entry, call, atMs), refused: true, ...(skipped > 0 && { notRecorded: skipped }) });
    }
    const { operation = '' } = entry;
    if (entry.service === 'sagemaker-runtime') {
      if (invocations) return log.add({ ...eventOf(entry, call, atMs), ...invocationOf(call, headers) });
      return;
    }
    if (looks.test(operation) && !gives.test(operation)) return;
    // What failed changed nothing.
    if (entry.status >= 400 && entry.status < 500) return;
    const event = eventOf(entry, call, atMs);
    return ofData.test(operation) ? unawaited(event) : log.add(event);
  };
}

function eventOf(entry: LogEntry, call: Call | undefined, atMs: number): AuditEvent {
  const principal = call?.caller.holder?.principal;
  return {
    at: new Date(atMs).toISOString(),
    who:
      principal !== undefined && 'arn' in principal ? principal.arn : call?.caller.anonymous ? 'anonymous' : undefined,
    key: entry.accessKeyId === '' ? undefined : entry.accessKeyId,
    from: call?.peer ?? entry.peer,
    request: entry.requestId,
    service: entry.service,
    operation: entry.operation,
    region: entry.region,
    on: call === undefined ? undefined : namesIn(call.input),
    status: entry.status,
    code: entry.code,
    why: entry.refusal,
  };
}

/** The names and ARNs that a request gives at its top: of what it acts on, and no content. */
function namesIn(input: Readonly<Record<string, unknown>>): Record<string, string> {
  const names: Record<string, string> = {};
  for (const [name, value] of Object.entries(input)) {
    if (typeof value === 'string' && /(Name|Arn|ARN|Id|^Bucket|^Key|^CopySource)$/.test(name))
      names[name] = value.slice(0, 1_024);
  }
  return names;
}

function invocationOf(call: Call | undefined, headers: Readonly<Record<string, string>>): AuditEvent {
  const body = call?.input.Body;
  return {
    model: headers['x-linnet-model'],
    variant: headers['x-amzn-invoked-production-variant'],
    input: Buffer.isBuffer(body) ? createHash('sha256').update(body).digest('hex') : undefined,
  };
}

/** Answers how many were passed over before one that is recorded; undefined for one that is not. */
function flood(): (atMs: number) => number | undefined {
  let minute = 0;
  let recorded = 0;
  let skipped = 0;
  return (atMs) => {
    const now = Math.floor(atMs / 60_000);
    if (now !== minute) {
      minute = now;
      recorded = 0;
    }
    if (recorded >= refusedMax) {
      skipped += 1;
      return undefined;
    }
    recorded += 1;
    const before = skipped;
    skipped = 0;
    return before;
  };
}
