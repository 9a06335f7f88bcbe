import { memoryRecords } from './memory.ts';
import { recordsSuite } from './records.suite.ts';

recordsSuite('memoryRecords', async () => memoryRecords());
