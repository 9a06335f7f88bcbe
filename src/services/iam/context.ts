import type { Records } from '../../store/index.ts';
import type { IdentityOptions } from '../access/account.ts';
import type { Secrets } from '../access/secrets.ts';

/** The parts that IAM's operations work with. */
export interface IamContext extends IdentityOptions {
  records: Records;
  /** A new unique id. */
  newId(): string;
  secrets: Secrets;
  /** When keys were last used. */
  uses?: KeyUses;
  /** Called when users, keys, groups, roles or policies have changed. */
  changed?(): void;
}

/** A request that a key signed. */
export type KeyUse = {
  atMs: number;
  /** As it stands in a signature's scope. */
  service: string;
  region: string;
};

/** When keys were last used: exact in memory, and on disk as of the last quarter of an hour. */
export interface KeyUses {
  note(accessKeyId: string, use: KeyUse): void;
  /** Since the server started. */
  of(accessKeyId: string): KeyUse | undefined;
}
