import type { GetSessionTokenCommandInput, GetSessionTokenCommandOutput } from '@aws-sdk/client-sts';
import { ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import { userRecordId } from '../iam/users/user.ts';
import type { StsContext } from './context.ts';
import { newSession } from './session-token.ts';

const secondsDefault = 43_200;
/** Amazon's limit for the account itself. */
const accountSecondsMax = 3_600;

/** Temporary keys with the rights of the caller's own. Throws AccessDenied for a caller who has temporary ones already. */
export async function getSessionToken(
  { secrets }: StsContext,
  { input, caller, nowMs }: Call<GetSessionTokenCommandInput>,
): Promise<Omit<GetSessionTokenCommandOutput, '$metadata'>> {
  if (input.SerialNumber !== undefined || input.TokenCode !== undefined)
    throw new ServiceError('ValidationError', 'SerialNumber and TokenCode name an MFA device, and Linnet has none', {
      status: 400,
    });
  const { holder } = caller;
  if (holder?.session !== undefined || holder?.principal.kind === 'session')
    throw new ServiceError('AccessDenied', 'Cannot call GetSessionToken with session credentials', { status: 403 });
  const isUser = holder?.principal.kind === 'user';
  const seconds = isUser
    ? (input.DurationSeconds ?? secondsDefault)
    : Math.min(input.DurationSeconds ?? accountSecondsMax, accountSecondsMax);
  const Credentials = newSession(secrets, {
    kind: isUser ? 'user' : 'account',
    name: isUser ? userRecordId(holder.userName ?? '') : '',
    id: isUser ? holder.userId : '',
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + seconds * 1000,
  });
  return { Credentials };
}
