/** For tests: training jobs from their outside. */
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import type { World } from './world.ts';

/** What Describe says of a job once it has ended. */
export const ended = (world: World, name: string) =>
  world.call('DescribeTrainingJob', { TrainingJobName: name }, { fromWaiter: true });

/** The files of a .tar.gz, as text. */
export async function untar(archive: Buffer): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const entries = Readable.from([gunzipSync(archive)]).pipe(extract());
  for await (const entry of entries) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry) chunks.push(chunk as Uint8Array);
    files[entry.header.name] = Buffer.concat(chunks).toString();
  }
  return files;
}

/** Waits, event by event, until the log of a job's program has a line, on this host where it is given. */
export async function untilLogged(world: World, name: string, part: string, host = ''): Promise<string> {
  for (;;) {
    const { logStreams } = await world
      .call('DescribeLogStreams', {
        logGroupName: '/aws/sagemaker/TrainingJobs',
        logStreamNamePrefix: `${name}/${host}`,
      })
      .catch(() => ({ logStreams: [] }));
    for (const { logStreamName } of logStreams) {
      const { events } = await world.call('GetLogEvents', {
        logGroupName: '/aws/sagemaker/TrainingJobs',
        logStreamName,
        startFromHead: true,
      });
      const found = events.find(({ message }: { message: string }) => message.includes(part));
      if (found !== undefined) return found.message;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
