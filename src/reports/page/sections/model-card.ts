/** The model card: what TRIPOD+AI asks for (G. Collins et al., BMJ 385 (2024) e078378), filled in as far as a machine knows. */
import type { Report } from '../../numbers/document.ts';
import { section, table } from '../chart.ts';
import { html, type Markup } from '../markup.ts';
import { className, provenance, rowsOf } from '../names.ts';
import { count, counted, listed } from '../words.ts';

export function modelCard(report: Report): Markup {
  const filled = known(report);
  const open = forAPerson.filter(([item]) => !filled.some(([own]) => own === item));
  return section(
    'card',
    'Model card',
    'This model is for research and decision support, not a medical device. What a machine can know of the TRIPOD+AI items is filled in; the rest is for a person.',
    table(
      {
        head: ['item', 'topic', 'what is known'],
        rows: filled.map(([item, topic, text]) => [
          item,
          html`<span class="words">${topic}</span>`,
          html`<span class="words">${text}</span>`,
        ]),
      },
      'TRIPOD+AI items that are known',
    ),
    html`<details><summary>${counted(open.length, 'item')} for a person to write</summary><ul>${open.map(([item, topic]) => html`<li>${item}: ${topic}</li>`)}</ul></details>`,
  );
}

type Item = readonly [item: string, topic: string, text: string];

function known(report: Report): Item[] {
  const { model, channels, decisions, columns, heldOut, metrics, task, subgroups, warnings } = report;
  const missing = columns.filter((column) => column.missing > 0);
  const events = (channel: (typeof channels)[number]): string =>
    `${channel.name}: ${counted(channel.rows, 'row')}${channel.labels === null ? '' : `, of them ${listed(channel.labels.map(({ label, rows }) => `${count(rows)} ${className(report, label)}`))}`}`;
  return [
    [
      '7',
      'Data preparation',
      decisions.length > 0
        ? 'See the decisions about the columns above'
        : 'Columns were taken as they were given, and scaled by the algorithm where it does so',
    ],
    [
      '9a',
      'Predictors',
      `${counted(model.featureCount, 'column')}${columns.length > 0 ? `, first ${listed(columns.slice(0, 5).map(({ name }) => name))}` : ''}`,
    ],
    [
      '11',
      'Missing data',
      missing.length === 0
        ? 'No cell of the listed columns is missing'
        : `Missing in ${listed(missing.map(({ name, missing: rows }) => `${name} (${counted(rows, 'row')})`))}`,
    ],
    [
      '12a',
      'How data were used',
      `${channels.map(({ name }) => name).join(', ')}; measured on ${rowsOf(report)} ${provenance(report)}`,
    ],
    [
      '12c',
      'Model type and building',
      `${model.algorithm}${model.facts.loss === undefined ? '' : `, ${model.facts.loss}`}; ${report.choice ?? 'one model was trained'}`,
    ],
    ['12e', 'Measures of performance', listed(metrics.map(({ name }) => name))],
    [
      '12g',
      'How predictions are calculated',
      task === 'binary'
        ? 'The score, and the call from the threshold on; both by the served model'
        : 'The answer of the served model',
    ],
    [
      '13',
      'Class imbalance',
      task === 'regression' ? 'Does not apply to numbers' : channels.slice(0, 1).map(events).join(''),
    ],
    [
      '14',
      'Fairness',
      subgroups.length > 0
        ? `Metrics by subgroup of ${counted(subgroups.length, 'column')} above; which of them matter is for a person to say`
        : 'No subgroups could be measured',
    ],
    [
      '15',
      'Model output',
      task === 'regression'
        ? 'A number'
        : task === 'binary'
          ? 'A score and one of two classes'
          : 'A score for each class, and the class of the highest',
    ],
    ['20', 'Participants and outcomes', channels.map(events).join('; ')],
    [
      '21',
      'Numbers in each analysis',
      `${rowsOf(report)} measured${heldOut.every > 1 ? ', evenly drawn from all' : ''}`,
    ],
    ['22', 'Full model', `${model.file}, SHA-256 ${model.sha256.slice(0, 16)}…`],
    ['23a', 'Performance with intervals', 'See the comparison and the subgroups above'],
    [
      '26',
      'Limitations that show in the data',
      warnings.length === 0 ? 'None were found by machine' : `${counted(warnings.length, 'note')} at the top`,
    ],
  ];
}

const forAPerson: readonly (readonly [item: string, topic: string])[] = [
  ['1', 'Title'],
  ['2', 'Abstract'],
  ['3a', 'Health-care context and rationale'],
  ['3b', 'Target population, intended purpose and users'],
  ['3c', 'Known health inequalities'],
  ['4', 'Objectives: development, evaluation or both'],
  ['5a', 'Sources of the data and why they fit'],
  ['5b', 'Dates of the data'],
  ['6a', 'Setting: centres, their number and place'],
  ['6b', 'Eligibility'],
  ['6c', 'Treatments received'],
  ['8a', 'Outcome: definition, time horizon, how it was assessed'],
  ['8b', 'Qualifications of outcome assessors'],
  ['8c', 'Blinding of the outcome assessment'],
  ['9b', 'Definition and time of measurement of each predictor'],
  ['9c', 'Qualifications of those who assessed predictors'],
  ['10', 'How the study size was arrived at'],
  ['12b', 'Predictors: functional forms that were considered outside of training'],
  ['12d', 'Heterogeneity between centres'],
  ['12f', 'Updating of an earlier model'],
  ['16', 'Differences between development and evaluation data'],
  ['17', 'Ethical approval and consent'],
  ['18a', 'Funding'],
  ['18b', 'Conflicts of interest'],
  ['18c', 'Protocol'],
  ['18d', 'Registration'],
  ['18e', 'Availability of the data'],
  ['18f', 'Availability of the code'],
  ['19', 'Involvement of patients and the public'],
  ['24', 'Results of updating'],
  ['25', 'Interpretation, fairness included'],
  ['27a', 'Poor or missing input data in use'],
  ['27b', 'What users must know and do'],
  ['27c', 'Next steps of research'],
];
