/** How the hosts of one job find each other, where no name service knows them. */

/**
 * The addresses of a job's hosts by their names, as JSON: `{"algo-1":"127.1.2.1"}`. Without it names are looked up, as in a
 * container.
 */
export const hostAddressesVariable = 'LINNET_HOST_ADDRESSES';

/** The TCP port on the first host at which the others join it. */
export const collectivePortVariable = 'LINNET_COLLECTIVE_PORT';
/** The port that Amazon's XGBoost container has. */
export const collectivePortDefault = 9099;

/** The host that the others join, whichever order they are listed in. */
export const firstHostOf = (hosts: readonly string[]): string => [...hosts].sort()[0] ?? 'algo-1';
