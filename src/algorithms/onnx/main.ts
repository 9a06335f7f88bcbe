/** `main.js export MODEL OUT`: writes a model as ONNX. */
import { DataError, messageOf } from '../../base/index.ts';
import { exportModel } from './export-model.ts';

const [command, model, out] = process.argv.slice(2);
if (command === 'export' && model !== undefined && out !== undefined) {
  try {
    process.stdout.write(`${await exportModel(model, out)}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof DataError ? messageOf(error) : ((error as Error).stack ?? error)}\n`);
    process.exitCode = 1;
  }
} else {
  process.stderr.write(
    'Usage: main.js export MODEL OUT\n\n  export  writes a model.tar.gz, or the model file in it, as ONNX to OUT\n',
  );
  process.exitCode = 2;
}
