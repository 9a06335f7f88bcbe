// sts: who the caller is, and temporary keys.
// It keeps nothing: what a session is stands in its token, sealed.
// Start reading at assume-role.ts.
import type { Call, ServiceTable } from '../../gateway/index.ts';
import { accountHolder } from '../access/account.ts';
import { assumeRole } from './assume-role.ts';
import type { StsContext } from './context.ts';
import { getSessionToken } from './get-session-token.ts';

/**
 * STS. The holder of the account's own key acts in a role, because get_execution_role() of the SageMaker SDK expects an
 * assumed role.
 */
export function stsService(context: StsContext): ServiceTable {
  const { accountId } = context;
  return {
    service: 'sts',
    operations: {
      AssumeRole: (call) => assumeRole(context, call),
      GetSessionToken: (call) => getSessionToken(context, call),
      GetAccessKeyInfo: async () => ({ Account: accountId }),
      GetCallerIdentity: async ({ caller }: Call) => {
        const { holder } = caller;
        const { principal } = holder ?? accountHolder(context);
        return {
          Account: accountId,
          UserId: (holder ?? accountHolder(context)).userId,
          Arn: 'arn' in principal ? principal.arn : undefined,
        };
      },
    },
  };
}
