import { type ContainerPaths, explanationsFileName } from '../../contract/index.ts';
import { type Explanations, writeExplanations } from '../../learners/index.ts';
import { saveModelFile } from '../program/output/output-files.ts';

/** Beside the model, which is whole without them: they need not be on disk before the host packs them. */
export const saveExplanations = (paths: ContainerPaths, explanations: Explanations): void =>
  saveModelFile(paths, explanationsFileName, writeExplanations(explanations), { flush: false });
