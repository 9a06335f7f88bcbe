import { kernelsSuite } from './kernels.suite.ts';
import { plainKernels } from './plain.ts';

kernelsSuite('plain', plainKernels);
