import { DataError } from '../../base/index.ts';
import type { ServerOptions } from '../../server/index.ts';
import { openApi } from '../api.ts';
import { findRunning } from '../running.ts';

type Flags = Pick<ServerOptions, 'dataDir'> & { json?: boolean };

/** The ready-made roles by the names that a person types. */
const roles: Readonly<Record<string, string>> = {
  admin: 'LinnetAdmin',
  steward: 'LinnetDataSteward',
  trainer: 'LinnetTrainer',
  deployer: 'LinnetDeployer',
  invoker: 'LinnetInvoker',
  auditor: 'LinnetAuditor',
};

export const roleNames = Object.keys(roles);

const policyArn = (role: string): string => `arn:aws:iam::aws:policy/${roles[role]}`;

/** `linnet user add`: makes a user with a ready-made role and a key, which is printed this once. */
export async function addUser(flags: Flags & { role: string }, UserName: string): Promise<void> {
  if (!Object.hasOwn(roles, flags.role))
    throw new DataError(`There is no role "${flags.role}": there are ${roleNames.join(', ')}`);
  const { note } = await findRunning(flags);
  const { iam } = openApi(note);
  await iam('CreateUser', { UserName });
  await iam('AttachUserPolicy', { UserName, PolicyArn: policyArn(flags.role) });
  const answer = await iam('CreateAccessKey', { UserName });
  const key = { accessKeyId: answer('AccessKeyId'), secretAccessKey: answer('SecretAccessKey') };
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ userName: UserName, role: flags.role, ...key })}\n`
      : `${[
          `# ${UserName} is ${flags.role}. This is the only time that the secret is shown.`,
          `export AWS_ACCESS_KEY_ID=${key.accessKeyId}`,
          `export AWS_SECRET_ACCESS_KEY=${key.secretAccessKey}`,
          `export AWS_ENDPOINT_URL=${note.address}`,
          `export AWS_DEFAULT_REGION=${note.region}`,
          `export AWS_REGION=${note.region}`,
        ].join('\n')}\n`,
  );
}

/** `linnet user list`: the users with what is attached to each. */
export async function listUsers(flags: Flags): Promise<void> {
  const { iam } = openApi((await findRunning(flags)).note);
  const users: { userName: string; policies: string[] }[] = [];
  for (const userName of (await iam('ListUsers', { MaxItems: '1000' })).all('UserName'))
    users.push({
      userName,
      policies: (await iam('ListAttachedUserPolicies', { UserName: userName })).all('PolicyName'),
    });
  if (flags.json) process.stdout.write(`${JSON.stringify(users)}\n`);
  else if (users.length === 0) process.stdout.write('There are no users besides the account itself\n');
  else for (const { userName, policies } of users) process.stdout.write(`${userName}  ${policies.join(', ')}\n`);
}

/** `linnet user remove`: removes a user with all that hangs on it; its keys are refused from then on. */
export async function removeUser(flags: Flags, UserName: string): Promise<void> {
  const { iam } = openApi((await findRunning(flags)).note);
  // Keys first: whatever fails later, they are gone.
  for (const AccessKeyId of (await iam('ListAccessKeys', { UserName })).all('AccessKeyId'))
    await iam('DeleteAccessKey', { UserName, AccessKeyId });
  for (const PolicyArn of (await iam('ListAttachedUserPolicies', { UserName })).all('PolicyArn'))
    await iam('DetachUserPolicy', { UserName, PolicyArn });
  for (const PolicyName of (await iam('ListUserPolicies', { UserName })).all('member'))
    await iam('DeleteUserPolicy', { UserName, PolicyName });
  for (const GroupName of (await iam('ListGroupsForUser', { UserName })).all('GroupName'))
    await iam('RemoveUserFromGroup', { UserName, GroupName });
  await iam('DeleteUser', { UserName });
  process.stdout.write(flags.json ? `${JSON.stringify({ userName: UserName })}\n` : `${UserName} is removed\n`);
}
