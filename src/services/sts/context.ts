import type { IdentityOptions } from '../access/account.ts';
import type { Secrets } from '../access/secrets.ts';
import type { IamContext } from '../iam/context.ts';

/** The parts that STS works with. */
export interface StsContext extends IdentityOptions, Pick<IamContext, 'records'> {
  secrets: Secrets;
}
