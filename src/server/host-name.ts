import { isIP } from 'node:net';

const hostName = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/i;

/** Whether a text is the name of a host, without scheme, port and wildcards, and no address. */
export const isHostName = (text: string): boolean => hostName.test(text) && isIP(text) === 0;
