import { Anchor, Group } from '@mantine/core';
import type { ReactElement } from 'react';

/** The report of a training job, as the server draws it. Where there is none, the frame says why. */
export function ReportFrame({ job }: { job: string }): ReactElement {
  const href = `/_linnet/report/${encodeURIComponent(job)}`;
  return (
    <>
      <Group mb="xs" gap="md">
        <Anchor href={href} target="_blank" rel="noreferrer" underline="always" size="sm">
          Open the report by itself, to print or to save
        </Anchor>
        <Anchor href={`${href}.json`} target="_blank" rel="noreferrer" underline="always" size="sm">
          Its numbers as JSON
        </Anchor>
      </Group>
      <iframe title={`Report of ${job}`} src={href} className="report" />
    </>
  );
}
