import type { Compute } from './compute.ts';

/** Runs programs that name a container in one, and all others as processes. */
export const computeByPlace = (processes: Compute, containers: Compute): Compute => ({
  start: (program) => (program.foreign?.container === undefined ? processes : containers).start(program),
  async reap(root) {
    await processes.reap(root);
    await containers.reap(root);
  },
  // A gang runs as processes.
  addressesOf: (names) => processes.addressesOf(names),
  async close() {
    await Promise.all([processes.close(), containers.close()]);
  },
});
