import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { preparationFileName } from '../../contract/index.ts';
import type { Invoke } from './answer.ts';

/** Raw rows too for a model in whose folder there is a preparation; what reads them is loaded for such models only. */
export async function withRawRows(folder: string, featureCount: number, invoke: Invoke): Promise<Invoke> {
  const file = join(folder, preparationFileName);
  if (!existsSync(file)) return invoke;
  return (await import('./raw-rows.ts')).rawRowsInvoker(readFileSync(file), featureCount, invoke);
}
