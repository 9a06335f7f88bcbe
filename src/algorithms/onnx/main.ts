/** `main.js export MODEL OUT` writes a model as ONNX; `serve` and `check-model`, with `--root DIR`, serve and check one. */
import { DataError, messageOf } from '../../base/index.ts';
import { containerRootDefault, containerRootVariable } from '../../contract/index.ts';
import { exportModel } from './export-model.ts';
import { runtimeVariable } from './manifest.ts';

const [command, model, out] = process.argv.slice(2);
const root = (model === '--root' && out) || process.env[containerRootVariable] || containerRootDefault;
if (command === 'serve') {
  process.exitCode = await (await import('./serve.ts')).serve(root);
} else if (command === 'check-model') {
  process.exitCode = await (await import('./check-model.ts')).checkModel(root, process.env[runtimeVariable]);
} else if (command === 'export' && model !== undefined && out !== undefined) {
  try {
    process.stdout.write(`${await exportModel(model, out)}\n`);
  } catch (error) {
    process.stderr.write(
      `${error instanceof DataError ? `linnet: ${messageOf(error)}` : ((error as Error).stack ?? error)}\n`,
    );
    process.exitCode = 1;
  }
} else {
  process.stderr.write(
    'Usage: main.js export MODEL OUT | serve [--root DIR] | check-model [--root DIR]\n\n  export       writes a model.tar.gz, or the model file in it, as ONNX to OUT\n  serve        answers GET /ping and POST /invocations with DIR/model/model.onnx\n  check-model  says whether it can\n',
  );
  process.exitCode = 2;
}
