// The package as a new user meets it: packed, installed into an empty folder, run, imported, compiled and bundled there.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { build } from 'esbuild';
import { repositoryRoot } from '../architecture/sources.ts';
import { type Installed, installPackage } from './installed.ts';

let installed: Installed;

before(() => {
  installed = installPackage();
});

after(() => installed.remove());

/** Runs a program of the user's in the folder, and gives what it prints. */
function run(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: installed.folder, encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
  return stdout;
}

const write = (name: string, text: string): void => writeFileSync(join(installed.folder, name), text);

const rows = Array.from({ length: 60 }, (_, row) => [row % 7, (row * row) % 11]);
const labels = rows.map(([a = 0, b = 0]) => 3 * a - 2 * b + 1);
const line = JSON.stringify({ rows, labels });

test('The package holds no tests, benches and maps, and no link of its pages leads out of it', () => {
  const { files } = installed;
  // Each module that is loaded on demand is a chunk of the bundle, and each subject a page; of all else there are few.
  const others = files.filter((path) => !/^(bundle\/(chunks|console\/assets)|docs)\//.test(path));
  assert.ok(others.length < 100, `${others.length} files`);
  assert.deepEqual(
    files.filter((path) =>
      /\.(test|suite|testing)\.|\.map$|tsbuildinfo|^(bench|test|tools|src|dist)\/|\.compiled/.test(path),
    ),
    [],
  );
  for (const name of ['LICENSE', 'NOTICE', 'CHANGELOG.md', 'bundle/console/index.html'])
    assert.ok(files.includes(name), name);
  const licences = readFileSync(join(installed.folder, 'node_modules/linnet/bundle/LICENSES.txt'), 'utf8');
  for (const name of ['fflate', 'nanotar', 'pg', 'pino']) assert.match(licences, new RegExp(`^${name} \\d`, 'm'));
  const isThere = (path: string): boolean => files.some((file) => file === path || file.startsWith(`${path}/`));
  for (const page of files.filter((path) => path.endsWith('.md'))) {
    const text = readFileSync(join(installed.folder, 'node_modules/linnet', page), 'utf8').replace(/```.*?```/gs, '');
    for (const [, link = ''] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      assert.ok(isThere(join(dirname(page), link).replace(/\/$/, '')), `${page}: ${link} is not in the package`);
    }
  }
  for (const path of files.filter((file) => file.endsWith('.js')))
    assert.doesNotMatch(
      readFileSync(join(installed.folder, 'node_modules/linnet', path), 'utf8'),
      /^\/\/# sourceMappingURL=/m,
      path,
    );
});

test('Of what the bundles are made nothing is installed again, only what has native parts', () => {
  const modules = join(installed.folder, 'node_modules');
  const names = readdirSync(modules).filter((name) => !name.startsWith('.'));
  const native = ['@koromix', '@libsql', '@neon-rs', '@node-rs', 'detect-libc', 'koffi', 'libsql'];
  assert.deepEqual(
    names.filter((name) => !native.includes(name)),
    ['linnet'],
  );
});

test('An installed package imports in JavaScript, trains, and saves what it loads again', () => {
  write(
    'fit.js',
    `import { DataError, LinearLearner } from 'linnet';
const { rows, labels } = ${line};
const model = await LinearLearner.fit(rows, labels, { predictor_type: 'regressor' });
const same = await LinearLearner.load(await model.save());
const [value] = await same.predict([[2, 5]]);
if (Math.abs(value - -3) > 0.01) throw new Error(String(value));
const error = await LinearLearner.fit([[1], ['x']], [0, 1], { predictor_type: 'regressor' }).catch((error) => error);
if (!(error instanceof DataError)) throw error;
console.log(error.message);
`,
  );
  assert.match(run('fit.js'), /^Row 2, column 1 of "rows": "x" is not a finite number\n$/);
});

test('An installed package compiles in a TypeScript project, which knows the types of options and answers', () => {
  write(
    'fit.ts',
    `import { DataError, type EpochProgress, type Explanation, type FitOptions, LinearLearner } from 'linnet';
const options: FitOptions = { predictor_type: 'binary_classifier', epochs: 3, wd: 'auto', signal: AbortSignal.timeout(1000) };
const seen: EpochProgress[] = [];
export async function main(): Promise<Float64Array> {
  try {
    const model = await LinearLearner.fit([[1, 2], [3, 4]], [0, 1], { ...options, onProgress: (progress) => seen.push(progress) });
    const explanation: Explanation = await model.explain({ values: Float32Array.of(1, 2), columns: 2 });
    console.log(explanation.columnNames, model.metrics?.train['mse']);
    return model.predict('1,2\\n3,4\\n');
  } catch (error) {
    if (error instanceof DataError) console.log(error.place.row);
    throw error;
  }
}
// @ts-expect-error The predictor type must be given.
export const missing = LinearLearner.fit([[1]], [1], { epochs: 3 });
// @ts-expect-error It is fit that makes a model.
export const made = new LinearLearner();
`,
  );
  const compilerOptions = {
    module: 'node16',
    moduleResolution: 'node16',
    target: 'es2022',
    strict: true,
    noEmit: true,
    types: [],
  };
  write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['fit.ts'] }));
  run(join(repositoryRoot, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json');
});

test('An installed package bundles for browsers into one file without imports', async () => {
  write('page.js', `export { LinearLearner } from 'linnet';\n`);
  const outfile = join(installed.folder, 'page.mjs');
  await build({
    absWorkingDir: installed.folder,
    entryPoints: ['page.js'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
  });
  assert.doesNotMatch(readFileSync(outfile, 'utf8'), /\bfrom ["']|\bimport\(["']|\brequire\(/);
  const { LinearLearner } = (await import(pathToFileURL(outfile).href)) as typeof import('../../src/library/index.ts');
  const model = await LinearLearner.fit(rows, labels, { predictor_type: 'regressor' });
  assert.ok(Math.abs((await model.predict([[2, 5]]))[0]! - -3) < 0.01);
});

test('An installed `linnet up` trains a job, whose model the library opens', { timeout: 200_000 }, async () => {
  const server = spawn(
    process.execPath,
    ['node_modules/linnet/bin/linnet.mjs', 'up', '--port', '0', '--json', '--data-dir', join(installed.folder, 'data')],
    { cwd: installed.folder, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const up = await firstLine(server);
    const options = {
      endpoint: up.address,
      region: up.region,
      credentials: { accessKeyId: up.accessKeyId, secretAccessKey: up.secretAccessKey },
      forcePathStyle: true,
    };
    const archive = await trainedJob(new S3Client(options), new SageMakerClient(options));
    writeFileSync(join(installed.folder, 'model.tar.gz'), archive);
    write(
      'load.js',
      `import { readFileSync } from 'node:fs';
import { LinearLearner } from 'linnet';
const model = await LinearLearner.load(readFileSync('model.tar.gz'));
console.log((await model.predict([[2, 5]]))[0].toFixed(2));
`,
    );
    assert.equal(run('load.js'), '-3.00\n');
  } finally {
    server.kill('SIGTERM');
    if (server.exitCode === null) await once(server, 'exit');
  }
});

/** What `--json` prints. */
interface Up {
  address: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

async function firstLine(server: ChildProcess): Promise<Up> {
  for await (const text of createInterface({ input: server.stdout! })) return JSON.parse(text) as Up;
  throw new Error('linnet up ended without a line');
}

/** The bytes of the model of a job that trains on the rows. */
async function trainedJob(s3: S3Client, sagemaker: SageMakerClient): Promise<Uint8Array> {
  const csv = rows.map((row, at) => [labels[at], ...row].join(',')).join('\n');
  await s3.send(new CreateBucketCommand({ Bucket: 'user' }));
  await s3.send(new PutObjectCommand({ Bucket: 'user', Key: 'train/rows.csv', Body: csv }));
  const name = { TrainingJobName: 'first' };
  await sagemaker.send(
    new CreateTrainingJobCommand({
      ...name,
      RoleArn: 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole',
      AlgorithmSpecification: {
        TrainingImage: '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1',
        TrainingInputMode: 'File',
      },
      HyperParameters: { predictor_type: 'regressor' },
      InputDataConfig: [
        {
          ChannelName: 'train',
          ContentType: 'text/csv',
          DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://user/train' } },
        },
      ],
      OutputDataConfig: { S3OutputPath: 's3://user/output' },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
    }),
  );
  await waitUntilTrainingJobCompletedOrStopped({ client: sagemaker, maxWaitTime: 200 }, name);
  const job = await sagemaker.send(new DescribeTrainingJobCommand(name));
  assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason);
  const key = job.ModelArtifacts!.S3ModelArtifacts!.replace('s3://user/', '');
  const model = await s3.send(new GetObjectCommand({ Bucket: 'user', Key: key }));
  return model.Body!.transformToByteArray();
}
