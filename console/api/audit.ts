import { send } from './call.ts';

/** A line of the audit log. */
export interface AuditEvent {
  n: number;
  at: string;
  who?: string;
  key?: string;
  from?: string;
  request?: string;
  service?: string;
  operation?: string;
  on?: Record<string, string>;
  status?: number;
  code?: string;
  why?: string;
  refused?: boolean;
}

export interface AuditPage {
  events: AuditEvent[];
  next?: number;
}

export interface Verdict {
  lines: number;
  segments: number;
  problem?: string;
}

/** A page of the log, the newest first; empty members of the query narrow nothing. */
export async function readAudit(query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<AuditPage> {
  const given = Object.entries(query).filter(([, value]) => value !== '');
  const response = await send('iam', `/_linnet/audit?${new URLSearchParams(given)}`, { signal });
  return (await response.json()) as AuditPage;
}

export const verifyAudit = async (): Promise<Verdict> =>
  (await send('iam', '/_linnet/audit/verify')).json() as Promise<Verdict>;
