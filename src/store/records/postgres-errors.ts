import pg from 'pg';
import { messageOf, Unavailable } from '../../base/index.ts';

/** The SQLSTATE that linnet.write raises for a failed expectation. */
export const conflictState = 'LI001';

/**
 * Classes of SQLSTATE for outside failures: connection, transaction turned back, resources, operator, system, and
 * corruption. Source: PostgreSQL 18, appendix A.
 */
const worldClasses = ['08', '28', '3D', '40', '53', '55', '57', '58', 'F0', 'XX'];
/** A server that became a standby refuses writes with the first, a role without rights on the schema meets the second. */
const worldStates = ['25006', '42501'];

/** The SQLSTATE of an error of PostgreSQL. Its form alone does not decide: EPIPE has five capitals too. */
export const stateOf = (thrown: unknown): string | undefined =>
  thrown instanceof pg.DatabaseError ? thrown.code : undefined;

/** Deadlock and serialisation failure: nothing was done, and the same again may succeed. */
export const isRolledBack = (thrown: unknown): boolean => stateOf(thrown)?.startsWith('40') ?? false;

/** The connection was lost or refused: `pg` and Node give no SQLSTATE then; a server that stops or starts gives 57P0x. */
export const isConnectionLoss = (thrown: unknown): boolean => {
  const state = stateOf(thrown);
  if (state !== undefined) return state.startsWith('08') || state.startsWith('57P0');
  return thrown instanceof Error && ['Error', 'AggregateError'].includes(thrown.name);
};

/** The seam's error for one of pg's. Our own kinds pass unchanged, and so does an error in our own SQL, which is a bug. */
export function translated(thrown: unknown): unknown {
  const state = stateOf(thrown);
  const ofWorld =
    state === undefined
      ? isConnectionLoss(thrown)
      : worldStates.includes(state) || worldClasses.includes(state.slice(0, 2));
  if (!ofWorld) return thrown;
  const what = state?.startsWith('53') ? 'PostgreSQL is out of room' : 'PostgreSQL refuses or does not answer';
  return new Unavailable(`${what}: ${reasonOf(thrown)}`, { cause: thrown });
}

/** Node's error for a host of several addresses has no message of its own. */
const reasonOf = (thrown: unknown): string => messageOf(thrown instanceof AggregateError ? thrown.errors[0] : thrown);
