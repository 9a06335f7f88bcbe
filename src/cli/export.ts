import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../algorithms/onnx/main.js', import.meta.url));

/** `linnet export`: a model as ONNX, by the program that knows models. Answers the exit code. */
export function exportModel(model: string, out: string): number {
  const { status } = spawnSync(process.execPath, [program, 'export', resolve(model), resolve(out)], {
    stdio: 'inherit',
  });
  return status ?? 1;
}
