import type { XgboostSettings } from './hyperparameters.ts';

/** What keeps a job of these settings from several hosts: what needs all rows in one place. */
export function problemsOnHosts(
  { crossValidation, parameters, objective }: XgboostSettings,
  hostCount: number,
): string[] {
  if (hostCount === 1) return [];
  const value = (name: string): string | undefined => parameters.find(([each]) => each === name)?.[1];
  const asked: (string | false)[] = [
    crossValidation !== undefined && '_kfold',
    value('tree_method') === 'exact' && 'tree_method exact',
    value('updater')?.includes('grow_colmaker') === true && 'updater grow_colmaker',
    value('booster') === 'gblinear' && 'booster gblinear',
    value('process_type') === 'update' && 'process_type update',
    value('dsplit') === 'col' && 'dsplit col',
    objective === 'survival:cox' && 'objective survival:cox',
  ];
  return asked
    .filter((each) => each !== false)
    .map((each) => `${each} needs all rows on one host, but InstanceCount is ${hostCount}: give InstanceCount 1`);
}
