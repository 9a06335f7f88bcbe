import type { Records } from '../../store/index.ts';
import type { IdentityOptions } from '../access/account.ts';
import type { Secrets } from '../access/secrets.ts';

/** The parts that IAM's operations work with. */
export interface IamContext extends IdentityOptions {
  records: Records;
  /** A new unique id. */
  newId(): string;
  secrets: Secrets;
  /** Called when users, keys, groups, roles or policies have changed. */
  changed?(): void;
}
