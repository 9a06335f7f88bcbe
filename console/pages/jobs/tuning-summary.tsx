import { Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { call } from '../../api/call.ts';
import { LineChart } from '../../parts/charts/line-chart.tsx';
import { Fault } from '../../parts/fault.tsx';
import { pathOf, To } from '../../parts/link.tsx';
import { Section } from '../../parts/section.tsx';
import { State } from '../../parts/state.tsx';
import { figure } from '../../parts/words.ts';
import { ParallelChart } from './parallel-chart.tsx';

interface Trial {
  TrainingJobName: string;
  TrainingJobStatus: string;
  CreationTime: number;
  TunedHyperParameters: Record<string, string>;
  FinalHyperParameterTuningJobObjectiveMetric?: { MetricName: string; Value: number };
}

interface Objective {
  Type: 'Maximize' | 'Minimize';
  MetricName: string;
}

async function readTrials(name: string, signal: AbortSignal): Promise<Trial[]> {
  const trials: Trial[] = [];
  let NextToken: string | undefined;
  do {
    const page = await call<{ TrainingJobSummaries: Trial[]; NextToken?: string }>(
      'sagemaker',
      'ListTrainingJobsForHyperParameterTuningJob',
      { HyperParameterTuningJobName: name, MaxResults: 100, NextToken },
      signal,
    );
    trials.push(...page.TrainingJobSummaries);
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return trials.sort((a, b) => a.CreationTime - b.CreationTime);
}

/** What was tried, how good each was, and the best so far. */
export function TuningSummary(props: { name: string; fields: Record<string, unknown>; isLive: boolean }): ReactElement {
  const { name, fields, isLive } = props;
  const { data: trials, error } = useQuery({
    queryKey: ['trials', name, isLive],
    queryFn: ({ signal }) => readTrials(name, signal),
    refetchInterval: isLive ? 2000 : false,
    placeholderData: (before) => before,
  });
  const objective = (
    fields.HyperParameterTuningJobConfig as { HyperParameterTuningJobObjective?: Objective } | undefined
  )?.HyperParameterTuningJobObjective;
  if (error) return <Fault error={error} title="The trials could not be read" />;
  if (trials === undefined || objective === undefined) return <Text c="dimmed">No trial yet.</Text>;
  const better = (a: number, b: number): boolean => (objective.Type === 'Minimize' ? a < b : a > b);
  const scored = trials.flatMap((trial, place) => {
    const value = trial.FinalHyperParameterTuningJobObjectiveMetric?.Value;
    return value === undefined ? [] : [{ trial, value, place: place + 1 }];
  });
  let best: (typeof scored)[number] | undefined;
  const soFar = scored.map((each) => {
    if (best === undefined || better(each.value, best.value)) best = each;
    return [each.place, best.value] as const;
  });
  const names = [...new Set(trials.flatMap(({ TunedHyperParameters }) => Object.keys(TunedHyperParameters)))];
  return (
    <>
      {best && (
        <Text mb="lg">
          Of {scored.length} trials,{' '}
          <To href={pathOf('jobs', 'training', best.trial.TrainingJobName)}>{best.trial.TrainingJobName}</To> is the
          best: {objective.MetricName} {figure(best.value)}.
        </Text>
      )}
      {scored.length > 1 && (
        <Section title="Best so far">
          <LineChart
            title={`The best ${objective.MetricName} (${objective.Type === 'Minimize' ? 'lower' : 'higher'} is better) after each trial.`}
            xName="Trial"
            yName={objective.MetricName}
            series={[
              { name: 'best so far', points: soFar },
              { name: 'each trial', points: scored.map(({ place, value }) => [place, value] as const) },
            ]}
          />
        </Section>
      )}
      {scored.length > 1 && names.length > 0 && (
        <Section title="What the good trials have in common">
          <ParallelChart
            trials={scored.map(({ trial, value }) => ({
              name: trial.TrainingJobName,
              hyperparameters: trial.TunedHyperParameters,
              value,
            }))}
            hyperparameters={names}
            metric={objective.MetricName}
            lowerIsBetter={objective.Type === 'Minimize'}
          />
        </Section>
      )}
      <Section title="Trials">
        <Table.ScrollContainer minWidth={0}>
          <Table aria-label="Trials">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Trial</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th className="number">{objective.MetricName}</Table.Th>
                {names.map((each) => (
                  <Table.Th key={each} className="number">
                    {each}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {trials.map((trial) => (
                <Table.Tr key={trial.TrainingJobName}>
                  <Table.Td miw={140}>
                    <To href={pathOf('jobs', 'training', trial.TrainingJobName)}>{trial.TrainingJobName}</To>
                  </Table.Td>
                  <Table.Td>
                    <State status={trial.TrainingJobStatus} />
                  </Table.Td>
                  <Table.Td className="number">
                    {figure(trial.FinalHyperParameterTuningJobObjectiveMetric?.Value)}
                  </Table.Td>
                  {names.map((each) => (
                    <Table.Td key={each} className="number">
                      {figureOf(trial.TunedHyperParameters[each])}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Section>
    </>
  );
}

const figureOf = (text: string | undefined): string =>
  text === undefined ? '' : Number.isNaN(Number(text)) ? text : figure(Number(text));
