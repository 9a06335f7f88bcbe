import { searchPlanOf } from '../path/budget.ts';
import type { Job } from '../problem.ts';

/**
 * Expanded rows are many times as wide, and where a search solves them, what streams before is there only in case the job is
 * stopped: unless it names its epochs, one is enough.
 */
export function streamingOnce(job: Job): Job {
  const search = searchPlanOf(job);
  const isSearched = typeof search !== 'string' && search.penalties > 1;
  return job.settings.epochsGiven || !isSearched ? job : { ...job, settings: { ...job.settings, epochs: 1 } };
}
