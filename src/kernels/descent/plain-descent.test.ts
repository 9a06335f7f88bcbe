import { descentSuite } from './descent.suite.ts';
import { plainDescent } from './plain-descent.ts';

descentSuite('The plain descent', plainDescent);
