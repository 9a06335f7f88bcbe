/** `serve` and `check-model`, with `--root DIR`, serve and check a model of ONNX. */
import { containerRootDefault, containerRootVariable } from '../../contract/index.ts';
import { runtimeVariable } from './manifest.ts';

const [command, option, folder] = process.argv.slice(2);
const root = (option === '--root' && folder) || process.env[containerRootVariable] || containerRootDefault;
if (command === 'serve') {
  process.exitCode = await (await import('./serve.ts')).serve(root);
} else if (command === 'check-model') {
  process.exitCode = await (await import('./check-model.ts')).checkModel(root, process.env[runtimeVariable]);
} else {
  process.stderr.write(
    'Usage: main.js serve [--root DIR] | check-model [--root DIR]\n\n  serve        answers GET /ping and POST /invocations with DIR/model/model.onnx\n  check-model  says whether it can\n',
  );
  process.exitCode = 2;
}
