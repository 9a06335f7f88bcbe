import type { Context } from './context.ts';

/** The context of work that is done in the name of a role: it reads and writes what the role may. */
export const inRole = (context: Context, role: string | undefined): Context => ({
  ...context,
  objects: context.objectsAs(role),
});
