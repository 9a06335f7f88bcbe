import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { archiveOf } from '../../../testing/archive.ts';
import { createWorld, image, type World, type WorldOptions } from '../../../testing/world.ts';

export const rowsProgram = fileURLToPath(new URL('./rows-program.js', import.meta.url));

/** A world with the model `rows`, served by the program of rows, and the bucket `data`. */
export async function transformWorld(test: TestContext, options: WorldOptions = {}): Promise<World> {
  const world = await createWorld(test, {
    algorithms: () => [
      { repositories: [{ repository: 'fake' }], commands: { serve: [process.execPath, rowsProgram, 'serve'] } },
    ],
    ...options,
  });
  await world.put({ 's3://models/rows.tar.gz': await archiveOf({ model: 'x' }), 's3://data/out/.keep': '' });
  const container = { Image: image, ModelDataUrl: 's3://models/rows.tar.gz' };
  await world.call('CreateModel', { ModelName: 'rows', PrimaryContainer: container });
  return world;
}

/** A request as the Python SDK sends it: lines of CSV below `s3://data/in/`. */
export const transformJob = (
  name: string,
  { input = {}, output = {}, ...more }: Record<string, object | unknown> = {},
): object => ({
  TransformJobName: name,
  ModelName: 'rows',
  TransformInput: {
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://data/in/' } },
    ContentType: 'text/csv',
    SplitType: 'Line',
    ...(input as object),
  },
  TransformOutput: { S3OutputPath: 's3://data/out', Accept: 'text/csv', AssembleWith: 'Line', ...(output as object) },
  TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
  ...more,
});

export const from = (S3Uri: string, S3DataType = 'S3Prefix'): object => ({
  DataSource: { S3DataSource: { S3DataType, S3Uri } },
});

/** The description of a job once it has ended. */
export const endOf = (world: World, name: string): Promise<any> =>
  world.call('DescribeTransformJob', { TransformJobName: name }, { fromWaiter: true });

export async function run(world: World, name: string, more?: Record<string, object | unknown>): Promise<any> {
  await world.call('CreateTransformJob', transformJob(name, more));
  return endOf(world, name);
}

/** All outputs below `s3://data/out/`, by what follows. */
export async function outputsOf(world: World): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { key } of await world.objects.list('data', { prefix: 'out/' }))
    if (key !== 'out/.keep') found[key.slice('out/'.length)] = (await world.read(`s3://data/${key}`)).toString();
  return found;
}

/** The lines of a job's logs: `data` of the platform, `program` of its programs. */
export async function logsOf(
  world: World,
  name: string,
): Promise<{ data: string[]; program: string[]; streams: string[] }> {
  const group = { logGroupName: '/aws/sagemaker/TransformJobs' };
  const { logStreams } = await world.call('DescribeLogStreams', { ...group, logStreamNamePrefix: `${name}/` });
  const streams: string[] = logStreams.map(({ logStreamName }: any) => logStreamName);
  const linesOf = async (wanted: readonly string[]): Promise<string[]> => {
    const lines: string[] = [];
    for (const logStreamName of wanted) {
      const { events } = await world.call('GetLogEvents', { ...group, logStreamName, startFromHead: true });
      lines.push(...events.map(({ message }: any) => message));
    }
    return lines;
  };
  return {
    data: (await linesOf(streams.filter((stream) => stream.endsWith('/data-log')))).map((line) =>
      line.replace(/^[\dT:.-]+:\[sagemaker logs\]: /, ''),
    ),
    program: await linesOf(streams.filter((stream) => !stream.endsWith('/data-log'))),
    streams,
  };
}
