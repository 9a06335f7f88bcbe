import { fileURLToPath } from 'node:url';

/** The program of an algorithm, which the platform starts too. */
export const programOf = (algorithm: string): string =>
  fileURLToPath(new URL(`../algorithms/${algorithm}/main.js`, import.meta.url));
