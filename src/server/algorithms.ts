import { fileURLToPath } from 'node:url';

const program = (path: string): string => fileURLToPath(new URL(`../algorithms/${path}`, import.meta.url));

/** The built-in images: repository name of the image URI and the program that stands behind it. */
export const algorithms = [
  { repository: 'linear-learner', command: [process.execPath, program('linear-learner/main.js')] },
];
