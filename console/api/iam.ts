import { send } from './call.ts';

/** Calls an operation of IAM, which answers in XML. */
async function ask(action: string, members: Readonly<Record<string, string>> = {}): Promise<Document> {
  const body = new URLSearchParams({ Action: action, Version: '2010-05-08', ...members });
  const response = await send('iam', '/', { method: 'POST', body });
  return new DOMParser().parseFromString(await response.text(), 'application/xml');
}

const textIn = (element: Element | Document, name: string): string =>
  element.getElementsByTagName(name)[0]?.textContent ?? '';

/** The members of a list, at its own level. */
const membersOf = (document: Document, list: string): Element[] =>
  [...(document.getElementsByTagName(list)[0]?.children ?? [])].filter(({ tagName }) => tagName === 'member');

export interface AccessKey {
  id: string;
  status: string;
  created: number;
}

export interface User {
  name: string;
  created: number;
  keys: AccessKey[];
  policies: string[];
}

const usersMax = 200;

/** Users with their keys and the names of the policies that are attached to them. */
export async function listUsers(): Promise<User[]> {
  const document = await ask('ListUsers', { MaxItems: String(usersMax) });
  return Promise.all(
    membersOf(document, 'Users').map(async (user) => {
      const UserName = textIn(user, 'UserName');
      const [keys, attached, own] = await Promise.all([
        ask('ListAccessKeys', { UserName }),
        ask('ListAttachedUserPolicies', { UserName }),
        ask('ListUserPolicies', { UserName }),
      ]);
      return {
        name: UserName,
        created: Date.parse(textIn(user, 'CreateDate')) / 1000,
        keys: membersOf(keys, 'AccessKeyMetadata').map((key) => ({
          id: textIn(key, 'AccessKeyId'),
          status: textIn(key, 'Status'),
          created: Date.parse(textIn(key, 'CreateDate')) / 1000,
        })),
        policies: [
          ...membersOf(attached, 'AttachedPolicies').map((policy) => textIn(policy, 'PolicyName')),
          ...membersOf(own, 'PolicyNames').map((policy) => policy.textContent ?? ''),
        ],
      };
    }),
  );
}

export const createUser = (UserName: string): Promise<unknown> => ask('CreateUser', { UserName });

/** The secret is answered this once. */
export async function createKey(UserName: string): Promise<{ id: string; secret: string }> {
  const document = await ask('CreateAccessKey', { UserName });
  return { id: textIn(document, 'AccessKeyId'), secret: textIn(document, 'SecretAccessKey') };
}

export const deleteKey = (UserName: string, AccessKeyId: string): Promise<unknown> =>
  ask('DeleteAccessKey', { UserName, AccessKeyId });
