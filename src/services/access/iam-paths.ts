import type { JsonObject } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import type { Records } from '../../store/index.ts';
import type { Need } from './need.ts';

const kinds: Readonly<Record<string, string>> = {
  user: 'iam-user',
  group: 'iam-group',
  role: 'iam-role',
  policy: 'iam-policy',
};

/** The ARNs of users, groups, roles and policies that exist, with their paths: a request says the name only. */
export async function withPaths(
  { records }: { records: Records },
  { service }: Call,
  needs: readonly Need[],
): Promise<readonly Need[]> {
  if (service !== 'iam') return needs;
  return Promise.all(
    needs.map(async (need) => {
      const [, head = '', kind = '', name = ''] =
        /^(arn:[^:]*:iam::\d{12}:)(user|group|role|policy)\/(?:.*\/)?([^/]+)$/.exec(need.resource) ?? [];
      const record = kind === '' ? undefined : await records.get<JsonObject>(kinds[kind]!, name.toLowerCase());
      if (record === undefined) return need;
      return { ...need, resource: `${head}${kind}${record.body.path}${record.body.name}` };
    }),
  );
}
