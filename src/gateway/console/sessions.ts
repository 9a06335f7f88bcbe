import type { Session } from '../authenticate/claim.ts';
import { sha256Hex } from '../authenticate/signature-v4.ts';

export interface Sessions {
  begin(key: Omit<Session, 'endsAtMs'>): { token: string; session: Session };
  /** Undefined for a token that nobody was given, or whose session is over. */
  find(token: string): Session | undefined;
  end(token: string): void;
}

/** A working day. */
export const sessionMs = 12 * 60 * 60 * 1000;
/** The oldest one ends for a new one. */
const sessionsMax = 1000;

/** Sessions live in memory, under the hash of their token, and end with the server. */
export function openSessions({ newToken, nowMs }: { newToken(): string; nowMs(): number }): Sessions {
  const sessions = new Map<string, Session>();
  const removeEnded = (): void => {
    for (const [hash, { endsAtMs }] of sessions) if (endsAtMs <= nowMs()) sessions.delete(hash);
    for (const hash of sessions.keys()) {
      if (sessions.size < sessionsMax) return;
      sessions.delete(hash);
    }
  };
  return {
    begin(key) {
      removeEnded();
      const token = newToken();
      const session = { ...key, endsAtMs: nowMs() + sessionMs };
      sessions.set(sha256Hex(token), session);
      return { token, session };
    },
    find(token) {
      const session = sessions.get(sha256Hex(token));
      return session === undefined || session.endsAtMs <= nowMs() ? undefined : session;
    },
    end(token) {
      sessions.delete(sha256Hex(token));
    },
  };
}
