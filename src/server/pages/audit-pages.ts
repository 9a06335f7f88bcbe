/** `/_linnet/audit`: the audit log, the newest first, narrowed by its query; `/_linnet/audit/verify`: whether it holds. */
import { type FoundEvent, searchAudit, type Verdict, verifyAudit } from '../../audit/index.ts';
import { ServiceError } from '../../base/index.ts';
import type { CallerPage, OwnPage } from '../../gateway/index.ts';

export interface AuditPagesOptions {
  /** Where the log lies, and the key of its chain; undefined where none is kept. */
  log: { folder: string; key: Uint8Array } | undefined;
}

const eventsMax = 50;

/** The log is shown to whoever may list users. Nothing in it can be changed from here. */
export function auditPages({ log }: AuditPagesOptions): (name: string) => CallerPage | undefined {
  let verifying: Promise<Verdict> | undefined;
  return (name) => {
    if (name !== 'audit' && name !== 'audit/verify') return undefined;
    return async ({ ask, query }) => {
      await ask('iam', 'ListUsers', { MaxItems: 1 });
      if (log === undefined)
        throw new ServiceError(
          'ResourceNotFound',
          'No audit log is kept: start the server with --audit changes (LINNET_AUDIT)',
          { status: 404 },
        );
      if (name === 'audit')
        return json(
          await searchAudit(log.folder, { fits: narrowed(query), before: numberIn(query, 'before'), eventsMax }),
        );
      // Whoever asks while it is read waits for the same answer.
      verifying ??= verifyAudit(log.folder, log.key).finally(() => {
        verifying = undefined;
      });
      return json(await verifying);
    };
  };
}

const json = (body: object): OwnPage => ({
  status: 200,
  contentType: 'application/json',
  text: JSON.stringify(body),
  headers: { 'x-content-type-options': 'nosniff' },
});

function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw invalid(`${name} must be the number of a line; it is "${text.slice(0, 64)}"`);
  return Number(text);
}

function timeIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw invalid(`${name} must be a time such as 2026-11-30T08:00:00Z; it is "${text.slice(0, 64)}"`);
  return ms;
}

const invalid = (message: string): ServiceError => new ServiceError('ValidationException', message);

/** By parts of names (`who`, `what`), times (`from`, `to`) and `refused`. */
function narrowed(query: URLSearchParams): (event: FoundEvent) => boolean {
  const part = (name: string): string => (query.get(name) ?? '').toLowerCase();
  const [who, what] = [part('who'), part('what')];
  const [from, to] = [timeIn(query, 'from'), timeIn(query, 'to')];
  const refusedOnly = query.get('refused') === 'true';
  return ({ at, who: name, key, operation, on, refused }) => {
    const atMs = Date.parse(String(at));
    if (refusedOnly && refused !== true) return false;
    if ((from !== undefined && atMs < from) || (to !== undefined && atMs > to)) return false;
    if (who !== '' && !`${name ?? ''} ${key ?? ''}`.toLowerCase().includes(who)) return false;
    return what === '' || `${operation ?? ''} ${Object.values(on ?? {}).join(' ')}`.toLowerCase().includes(what);
  };
}
