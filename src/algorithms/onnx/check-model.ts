import { messageOf } from '../../base/index.ts';
import { containerPaths } from '../../contract/index.ts';
import { failureReason, writeFailure } from '../program/output/failure.ts';
import { openOnnxModel } from './serving/onnx-model.ts';

/** Opens the model below the root, as `serve` will; exit code 1, and the reason as the failure, when it cannot. */
export async function checkModel(root: string, runtime: string | undefined): Promise<number> {
  const paths = containerPaths(root);
  try {
    const { text } = await openOnnxModel(paths.model, runtime);
    process.stdout.write(`${text}\n`);
    return 0;
  } catch (error) {
    process.stdout.write(`${messageOf(error)}\n`);
    writeFailure(paths, failureReason(error));
    return 1;
  }
}
