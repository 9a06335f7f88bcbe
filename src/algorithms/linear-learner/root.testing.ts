import { programsOf } from '../program/root.testing.ts';

export { type Ended, ended, makeRoot, type Reply, type RootContent } from '../program/root.testing.ts';
export const { start, run, startServe } = programsOf(new URL('main.js', import.meta.url));
