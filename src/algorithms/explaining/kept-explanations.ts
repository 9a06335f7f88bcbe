import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../base/index.ts';
import {
  type ExplainerSettings,
  explainerVariable,
  explanationsFileName,
  preparationFileName,
} from '../../contract/index.ts';
import { type Explanations, readExplanations } from '../../learners/index.ts';
import { preparedColumns, readPreparation } from '../../tables/index.ts';
import { type ExplainedColumns, plainColumns } from './names.ts';

/** The explanations beside a model. Throws DataError for those that are damaged, or of another model. */
export function keptExplanations(folder: string, featureCount: number): Explanations | undefined {
  const file = join(folder, explanationsFileName);
  if (!existsSync(file)) return undefined;
  const explanations = readExplanations(readFileSync(file), explanationsFileName);
  if (explanations.featureCount !== featureCount)
    throw new DataError(
      `"${explanationsFileName}" is of a model of ${explanations.featureCount} features, but this one takes ${featureCount}`,
    );
  return explanations;
}

/** What columns are called in rows of features, and in raw rows. */
export function explainedColumns(
  folder: string,
  featureCount: number,
  names: readonly string[] | null,
): { plain: ExplainedColumns; prepared: ExplainedColumns | undefined } {
  const file = join(folder, preparationFileName);
  const prepared = existsSync(file)
    ? preparedColumns(readPreparation(readFileSync(file), preparationFileName))
    : undefined;
  return { plain: plainColumns(featureCount, names), prepared };
}

/** What the endpoint's configuration says of explanations. */
export const explainerSettings = (environment: NodeJS.ProcessEnv): ExplainerSettings =>
  JSON.parse(environment[explainerVariable] || '{}');
