/** The page of a job that left no report: what its host knows of it, and what that does not say. */
import { section, table } from './chart.ts';
import { html, type Markup, ready } from './markup.ts';
import { style } from './style.ts';
import { counted, number } from './words.ts';

export interface JobFacts {
  name: string;
  status: string;
  /** Why it failed. */
  failure?: string | undefined;
  image: string;
  seconds?: number | undefined;
  hyperparameters: Readonly<Record<string, string>>;
  /** Channels and where their rows were. */
  channels: readonly { name: string; uri: string }[];
  /** Its metrics' last values. */
  metrics: readonly { name: string; value: number }[];
  /** The last lines of its log. */
  log: readonly string[];
  artifact?: string | undefined;
  /** Why there is no report. */
  why: string;
}

const lacking = [
  'how sure its figures are, since their rows are not known here',
  'calibration, thresholds and errors by kind',
  'what drives its predictions',
  'subgroups, mistakes and the distributions of columns',
  'how its metrics went on the way, which the job’s page in the console shows',
];

export function drawJobPage(job: JobFacts): string {
  const { name, metrics, hyperparameters, channels } = job;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${name}: what is known of the job</title>
<style>${ready(style)}</style>
</head>
<body>
<header><h1>${name}</h1><p class="muted">What Linnet knows of this job, from its log and metrics. ${job.why}.</p></header>
<main>
<p class="verdict">${verdictOf(job)}</p>
${metrics.length > 0 && section('metrics', 'How did it go?', 'Last values of its metrics, as the job itself printed them.', metricsTable(job))}
${job.log.length > 0 && section('log', 'What did it say last?', 'The end of its log.', html`<pre class="scroll" tabindex="0">${job.log.join('\n')}</pre>`)}
${section('lacks', 'What does this page not say?', 'The report of a job of linear-learner or xgboost has this too:', html`<ul>${lacking.map((each) => html`<li>${each}</li>`)}</ul>`)}
${section(
  'method',
  'How was it made?',
  `${job.image}${job.seconds === undefined ? '' : `, in ${counted(job.seconds, 'second')}`}.`,
  channels.length > 0 &&
    table({ head: ['channel', 'rows from'], rows: channels.map((each) => [each.name, each.uri]) }, 'Channels'),
  Object.keys(hyperparameters).length > 0 &&
    table({ head: ['hyperparameter', 'value'], rows: Object.entries(hyperparameters) }, 'Hyperparameters'),
  job.artifact !== undefined && html`<p class="note">The model: <code>${job.artifact}</code></p>`,
)}
</main>
</body>
</html>
`.markup;
}

function verdictOf({ status, failure, metrics }: JobFacts): string {
  if (status === 'Failed') return `The job failed${failure === undefined ? '' : `: ${failure}`}`;
  const [first] = metrics;
  const said = first === undefined ? 'It printed no metric' : `Its last ${first.name} is ${number(first.value)}`;
  return `The job ended as ${status}. ${said}.`;
}

const metricsTable = ({ metrics }: JobFacts): Markup =>
  table({ head: ['metric', 'last value'], rows: metrics.map(({ name, value }) => [name, number(value)]) }, 'Metrics');
