import { logisticSuite } from './logistic.suite.ts';
import { plainLogistic } from './plain-logistic.ts';
import { wasmLogistic } from './wasm-logistic.ts';

logisticSuite('plain', plainLogistic);
logisticSuite('WebAssembly', wasmLogistic());
