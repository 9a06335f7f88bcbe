/** The commands about the key that a data folder is encrypted with. */
import { buildCommand, buildRouteMap } from '@stricli/core';
import { dataDirFlag, serverFlags } from '../options.ts';
import type { RotateFlags } from './key.ts';

const file = (brief: string) =>
  ({ kind: 'tuple', parameters: [{ brief, parse: String, placeholder: 'file' }] }) as const;

export const keyCommands = buildRouteMap({
  docs: { brief: 'The key that objects and secrets are encrypted with at rest' },
  routes: {
    new: buildCommand({
      docs: {
        brief: 'Make a key: linnet key new FILE',
        fullDescription:
          'Writes 32 random bytes, as base64, to a new file that you alone may read. linnet up --encryption-key-file FILE encrypts with it. Keep a copy where no backup of the data folder is: without the key nobody reads the data again.',
      },
      parameters: { flags: {}, positional: file('New file') },
      func: async (_: Record<never, never>, target: string) => (await import('./key.ts')).newKey(target),
    }),
    rotate: buildCommand({
      docs: {
        brief: 'Have a data folder need another key: linnet key rotate NEW --encryption-key-file OLD',
        fullDescription:
          'The next start needs the new key; a server that runs goes on. Backups from before need the old one. Objects are not written again: the old key sealed the key of the folder, and now the new one does.',
      },
      parameters: {
        flags: { ...dataDirFlag, encryptionKeyFile: serverFlags.encryptionKeyFile },
        positional: file('File with the new key'),
      },
      func: async (flags: RotateFlags, target: string) => (await import('./key.ts')).rotate(flags, target),
    }),
  },
});
