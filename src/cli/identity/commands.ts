/** The commands about users and the audit log. */
import { buildCommand, buildRouteMap } from '@stricli/core';
import { dataDirFlag, serverFlags } from '../options.ts';

const json = { kind: 'boolean', optional: true, withNegated: false, brief: 'One line of JSON for programs' } as const;
const name = {
  kind: 'tuple',
  parameters: [{ brief: 'Name of the user', parse: String, placeholder: 'name' }],
} as const;

interface Flags {
  dataDir?: string;
  json?: boolean;
}

export const userCommands = buildRouteMap({
  docs: { brief: 'Users with keys of their own' },
  routes: {
    add: buildCommand({
      docs: {
        brief: 'Make a user with a role and a key, which is printed once: linnet user add ann --role trainer',
        fullDescription:
          'Roles are admin, steward (buckets and objects), trainer (jobs and models), deployer (endpoints), invoker (predictions) and auditor (sees, changes nothing). docs/identity.md says what each may do, and how a user gets policies of its own.',
      },
      parameters: {
        flags: {
          ...dataDirFlag,
          role: {
            kind: 'parsed',
            parse: String,
            brief: 'admin, steward, trainer, deployer, invoker or auditor',
            placeholder: 'role',
            proposeCompletions: () => ['admin', 'steward', 'trainer', 'deployer', 'invoker', 'auditor'],
          },
          json,
        },
        positional: name,
      },
      func: async (flags: Flags & { role: string }, user: string) => (await import('./user.ts')).addUser(flags, user),
    }),
    list: buildCommand({
      docs: { brief: 'List the users and their roles' },
      parameters: { flags: { ...dataDirFlag, json } },
      func: async (flags: Flags) => (await import('./user.ts')).listUsers(flags),
    }),
    remove: buildCommand({
      docs: { brief: 'Remove a user; its keys are refused from then on' },
      parameters: { flags: { ...dataDirFlag, json }, positional: name },
      func: async (flags: Flags, user: string) => (await import('./user.ts')).removeUser(flags, user),
    }),
  },
});

export const auditCommands = buildRouteMap({
  docs: { brief: 'The log of who did what' },
  routes: {
    verify: buildCommand({
      docs: {
        brief: 'Check that nothing was changed in the audit log, removed from it or cut off',
        fullDescription:
          'Names the first place that does not hold, and exits with 1 then. The service may run meanwhile. Old files of the log may be kept elsewhere: give the first one that is here by --from.',
      },
      parameters: {
        flags: {
          ...dataDirFlag,
          from: {
            kind: 'parsed',
            parse: String,
            optional: true,
            placeholder: 'file',
            brief: 'The file to begin with, such as 000002.log; default the first of all',
          },
          encryptionKeyFile: serverFlags.encryptionKeyFile,
          json,
        },
      },
      func: async (flags: Flags & { encryptionKeyFile?: string; from?: string }) => {
        process.exitCode = await (await import('./audit.ts')).auditVerify(flags);
      },
    }),
  },
});
