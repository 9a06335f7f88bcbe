/** `/_linnet/report/JOB`: the report of a training job as a page (without one, what is known of the job), and with `.json` behind it the numbers. */
import { ServiceError } from '../../../base/index.ts';
import type { CallerPage } from '../../../gateway/index.ts';
import { type Drawn, openDrawing } from './drawing.ts';
import { jobFacts } from './job-facts.ts';
import { type Job, notFound, readOutput, whyNone } from './read-output.ts';

export interface ReportPages {
  /** The page of a name below `/_linnet/`; undefined for one that is no report. */
  page(name: string): CallerPage | undefined;
  close(): Promise<void>;
}

/** A report is shown to whoever may describe the job and read its output. Nothing is kept. */
export function reportPages(): ReportPages {
  const drawing = openDrawing();
  return {
    page(name) {
      const [, job, json] = /^report\/([A-Za-z0-9-]{1,63})(\.json)?$/.exec(name) ?? [];
      if (job === undefined) return undefined;
      return async ({ ask }) => {
        const described = await ask<Job>('sagemaker', 'DescribeTrainingJob', { TrainingJobName: job }).catch(
          (thrown: unknown) => {
            if (thrown instanceof ServiceError && thrown.code === 'ValidationException')
              throw notFound(`There is no training job "${job}"`);
            throw thrown;
          },
        );
        const archive = await readOutput(ask, job, described);
        const what = `output.tar.gz of job "${job}"`;
        const as = json === undefined ? 'page' : 'json';
        let drawn: Drawn =
          archive === undefined ? { none: true } : await drawing.draw({ what, title: job, archive, as });
        if ('none' in drawn && as === 'page') drawn = await drawing.draw({ job: await jobFacts(ask, job, described) });
        if ('refusal' in drawn) throw notFound(drawn.refusal);
        if ('none' in drawn) throw notFound(`Training job "${job}" left no report. ${whyNone}`);
        const contentType = json === undefined ? 'text/html; charset=utf-8' : 'application/json';
        return { status: 200, contentType, text: drawn.text, headers };
      };
    },
    close: drawing.close,
  };
}

/**
 * The page has a policy of its own, which names its one script. In a frame of the console it is a stranger all the same: it has no
 * origin, and so neither the cookie nor the storage of the pages around it.
 */
const headers = {
  'content-security-policy':
    "sandbox allow-scripts allow-popups; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};
