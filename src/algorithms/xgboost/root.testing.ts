import { programsOf } from '../program/root.testing.ts';
import { testLibrary } from './library/library.testing.ts';

export { ended, makeRoot } from '../program/root.testing.ts';
export const { start, run, startServe } = programsOf(new URL('main.js', import.meta.url), {
  LINNET_XGBOOST_LIBRARY: testLibrary ?? '',
});
