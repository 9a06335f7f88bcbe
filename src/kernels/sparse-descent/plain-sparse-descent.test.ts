import { plainSparseDescent } from './plain-sparse-descent.ts';
import { sparseDescentSuite } from './sparse-descent.suite.ts';

sparseDescentSuite('The plain sparse descent', plainSparseDescent);
