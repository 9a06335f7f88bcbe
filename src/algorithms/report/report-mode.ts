/** Whether a job writes a report, by its hyperparameters, which were checked; `rows` shows cells of single rows in it. */
export type ReportMode = 'none' | 'numbers' | 'rows';

export function reportMode(given: Readonly<Record<string, string>>): ReportMode {
  const asked = (given.report ?? 'auto').trim().toLowerCase();
  if (asked === 'false') return 'none';
  if (asked === 'rows') return 'rows';
  // Of hundreds of trials one is kept, and may be trained again with a report.
  return (given._tuning_objective_metric ?? '') === '' ? 'numbers' : 'none';
}
