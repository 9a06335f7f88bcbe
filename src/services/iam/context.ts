import type { Records } from '../../store/index.ts';
import type { IdentityOptions } from '../sts/index.ts';

/** The parts that IAM's operations work with. */
export interface IamContext extends IdentityOptions {
  records: Records;
  /** A new unique id. */
  newId(): string;
}
