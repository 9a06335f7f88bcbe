import { Button, Skeleton, Tabs, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, type ReactElement, Suspense, useMemo } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { call } from '../../api/call.ts';
import { findJobKind, isOver, type JobKind, summaryOf } from '../../api/job-kinds.ts';
import { type LogLine, openLog } from '../../api/logs.ts';
import type { TrainingJob } from '../../api/types.ts';
import { NotFound } from '../../app/not-found.tsx';
import { useAddress } from '../../parts/address.ts';
import { Age } from '../../parts/age.tsx';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import { Fault } from '../../parts/fault.tsx';
import { Freshness } from '../../parts/freshness.tsx';
import { Heading } from '../../parts/heading.tsx';
import { To } from '../../parts/link.tsx';
import { LogView } from '../../parts/log-view.tsx';
import { useNow } from '../../parts/now.ts';
import { ReportFrame } from '../../parts/report-frame.tsx';
import { State } from '../../parts/state.tsx';
import { duration } from '../../parts/words.ts';
import { JobSettings } from './job-settings.tsx';
import { MakeModel } from './make-model.tsx';
import { TrainingSummary } from './training-summary.tsx';
import { TransformSummary } from './transform-summary.tsx';

const TuningSummary = lazy(async () => ({ default: (await import('./tuning-summary.tsx')).TuningSummary }));

const liveMs = 1000;
const restMs = 15_000;

export function JobPage(): ReactElement {
  const { kind: id, name = '' } = useParams();
  const kind = findJobKind(id);
  if (kind === undefined) return <NotFound />;
  return <Job key={name} kind={kind} name={decodeURIComponent(name)} />;
}

type Fields = Record<string, unknown>;

function Job({ kind, name: asked }: { kind: JobKind; name: string }): ReactElement {
  const job = useQuery({
    queryKey: ['job', kind.id, asked],
    queryFn: ({ signal }) => call<Fields>('sagemaker', kind.describe, { [kind.name]: asked }, signal),
    refetchInterval: ({ state }) => (isOver(state.data?.[kind.status] as string | undefined) ? restMs : liveMs),
  });
  const isLive = job.data !== undefined && !isOver(job.data[kind.status] as string);
  // A link from an ARN has the name in lower case; the log has it as it was given.
  const name = (job.data?.[kind.name] as string | undefined) ?? asked;
  const log = useLog(kind, name, isLive);
  const back = <To href={`/jobs?kind=${kind.id}`}>Jobs</To>;
  if (job.data === undefined)
    return (
      <>
        <Heading title={name} above={back} />
        {job.error ? (
          <Fault error={job.error} title="The job could not be read" onRetry={() => void job.refetch()} />
        ) : (
          <Skeleton h={240} />
        )}
      </>
    );
  return (
    <>
      <Heading
        title={name}
        above={back}
        says={<Says kind={kind} fields={job.data} />}
        actions={<Actions kind={kind} fields={job.data} name={name} />}
      />
      <Freshness updatedMs={job.dataUpdatedAt} everyMs={isLive ? liveMs : restMs} />
      <Views kind={kind} fields={job.data} name={name} lines={log.data ?? []} isLive={isLive} logError={log.error} />
    </>
  );
}

/** The log is read on while the job runs, and once more when it has ended. */
function useLog(kind: JobKind, name: string, isLive: boolean) {
  const read = useMemo(
    () => (kind.logGroup === undefined ? undefined : openLog(kind.logGroup, `${name}/`)),
    [kind, name],
  );
  return useQuery<readonly LogLine[]>({
    queryKey: ['log', kind.id, name, isLive],
    queryFn: ({ signal }) => read!(signal),
    enabled: read !== undefined,
    refetchInterval: isLive ? liveMs : false,
    placeholderData: (before) => before,
  });
}

function Says({ kind, fields }: { kind: JobKind; fields: Fields }): ReactElement {
  const { status, created, ended, failure } = summaryOf(kind, fields);
  const stage = (fields as TrainingJob).SecondaryStatus;
  const nowMs = useNow();
  const word = stage !== undefined && !isOver(status) ? `${stage}` : undefined;
  return (
    <>
      <State status={status} {...(word && { word })} />, created <Age seconds={created} />
      {ended === undefined
        ? `, running for ${duration(Math.max(0, nowMs / 1000 - created))}`
        : `, took ${duration(ended - created)}`}
      {failure !== undefined && (
        <Text c="var(--linnet-bad)" mt="xs" className="name" role="alert">
          {failure}
        </Text>
      )}
    </>
  );
}

function Actions({ kind, fields, name }: { kind: JobKind; fields: Fields; name: string }): ReactElement {
  const client = useQueryClient();
  const [, go] = useLocation();
  const { status } = summaryOf(kind, fields);
  const input = { [kind.name]: name };
  const stop = useMutation({
    mutationFn: () => call('sagemaker', kind.stop, input),
    onSettled: () => client.invalidateQueries({ queryKey: ['job', kind.id] }),
  });
  return (
    <>
      {!isOver(status) && (
        <Button
          variant="default"
          loading={stop.isPending}
          disabled={status === 'Stopping'}
          onClick={() => stop.mutate()}
        >
          {status === 'Stopping' ? 'Stopping' : 'Stop'}
        </Button>
      )}
      {kind.id === 'training' && (
        <Button variant="default" component={Link} href={`/train?${new URLSearchParams({ clone: name })}`}>
          Clone
        </Button>
      )}
      {kind.id === 'training' && status === 'Completed' && <MakeModel job={fields as TrainingJob} />}
      {kind.remove !== undefined && isOver(status) && (
        <ConfirmByName
          verb="Delete"
          noun="job"
          name={name}
          says="The job and its settings go. What it wrote to S3 stays."
          act={async () => {
            await call('sagemaker', kind.remove!, input);
            go(`/jobs?kind=${kind.id}`);
          }}
        />
      )}
      {stop.error && <Fault error={stop.error} title="The job was not stopped" />}
    </>
  );
}

interface ViewsProps {
  kind: JobKind;
  fields: Fields;
  name: string;
  lines: readonly LogLine[];
  isLive: boolean;
  logError: unknown;
}

function Views({ kind, fields, name, lines, isLive, logError }: ViewsProps): ReactElement {
  const hasSummary = kind.id !== 'processing';
  const hasReport = kind.id === 'training' && summaryOf(kind, fields).status === 'Completed';
  const [{ view }, change] = useAddress({ view: hasSummary ? 'summary' : 'settings' });
  return (
    <Tabs value={view} onChange={(value) => change({ view: value ?? 'summary' })} keepMounted={false}>
      <Tabs.List mb="md">
        {hasSummary && <Tabs.Tab value="summary">Result</Tabs.Tab>}
        {hasReport && <Tabs.Tab value="report">Report</Tabs.Tab>}
        {kind.logGroup !== undefined && <Tabs.Tab value="log">Log</Tabs.Tab>}
        <Tabs.Tab value="settings">Settings</Tabs.Tab>
      </Tabs.List>
      {hasSummary && (
        <Tabs.Panel value="summary">
          {kind.id === 'training' ? (
            <TrainingSummary job={fields as TrainingJob} lines={lines} />
          ) : kind.id === 'transform' ? (
            <TransformSummary fields={fields} />
          ) : (
            <Suspense fallback={<Skeleton h={240} />}>
              <TuningSummary name={name} fields={fields} isLive={isLive} />
            </Suspense>
          )}
        </Tabs.Panel>
      )}
      {hasReport && (
        <Tabs.Panel value="report">
          <ReportFrame job={name} />
        </Tabs.Panel>
      )}
      {kind.logGroup !== undefined && (
        <Tabs.Panel value="log">
          {logError ? (
            <Fault error={logError} title="The log could not be read" />
          ) : (
            <LogView lines={lines} isLive={isLive} name={name} />
          )}
        </Tabs.Panel>
      )}
      <Tabs.Panel value="settings">
        <JobSettings fields={fields} />
      </Tabs.Panel>
    </Tabs>
  );
}
