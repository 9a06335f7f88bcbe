import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ContainerPlan, createArguments, dividedEnvironment } from './create-arguments.ts';
import type { Engine } from './state.ts';

const podman: Engine = {
  kind: 'podman',
  title: 'Podman',
  command: 'podman',
  version: '4.3.1',
  rootless: false,
  labelsFiles: true,
  limits: { processors: true, memory: true, processes: true },
};
const docker: Engine = {
  ...podman,
  kind: 'docker',
  title: 'Docker',
  labelsFiles: false,
  limits: { processors: false, memory: false, processes: false },
};
const plan: ContainerPlan = {
  name: 'linnet-1',
  root: '/data/jobs/1',
  image: 'own:2',
  command: ['train'],
  entrypointWords: 0,
  environment: { file: '/tmp/e', words: ['A={"b": 1}'] },
  limits: { processors: 2, memoryBytes: 8 * 2 ** 30 },
  port: undefined,
  network: false,
};
const same = [
  ...['create', '--name', 'linnet-1', '--label', 'linnet.root=/data/jobs/1', '--pull', 'never'],
  ...['--log-driver', 'none', '--security-opt', 'no-new-privileges', '--oom-score-adj', '500'],
];

test('a job without network, on an engine that has limits and labels', () => {
  assert.deepEqual(createArguments(podman, { ...plan, hostName: 'algo-1' }), [
    ...same,
    ...['--volume', '/data/jobs/1:/opt/ml:Z', '--hostname', 'algo-1', '--add-host', 'algo-1:127.0.0.1'],
    ...['--network', 'none', '--pids-limit', '8192', '--cpus', '2', '--memory', '8589934592b'],
    ...['--shm-size', '4294967296b', '--http-proxy=false', '--env-file', '/tmp/e', '--env', 'A={"b": 1}'],
    ...['--env', 'SAGEMAKER_BASE_DIR=/opt/ml', '--', 'own:2', 'train'],
  ]);
});

test('a program that answers is reached from this machine alone, on an engine without limits', () => {
  const serving = { ...plan, command: ['serve'], port: 4711, environment: { file: undefined, words: [] } };
  assert.deepEqual(createArguments(docker, serving), [
    ...same,
    ...['--volume', '/data/jobs/1:/opt/ml', '--publish', '127.0.0.1:4711:8080', '--shm-size', '4294967296b'],
    ...['--env', 'SAGEMAKER_BASE_DIR=/opt/ml', '--env', 'SAGEMAKER_BIND_TO_PORT=8080', '--', 'own:2', 'serve'],
  ]);
});

test('an entrypoint of the request replaces that of the image, of each engine in its way', () => {
  const command = ['python', '-m', 'own', '--rows', '5'];
  const entered = { ...plan, command, entrypointWords: 3, network: true };
  const ofPodman = createArguments(podman, entered);
  assert.deepEqual(ofPodman.slice(-5), ['--entrypoint=["python","-m","own"]', '--', 'own:2', '--rows', '5']);
  const ofDocker = createArguments(docker, entered);
  assert.deepEqual(ofDocker.slice(-7), ['--entrypoint=python', '--', 'own:2', '-m', 'own', '--rows', '5']);
  assert.ok(!ofDocker.includes('--network'));
});

test('secrets go into the file, and what a line of it cannot hold stays whole', () => {
  const { lines, words } = dividedEnvironment({
    AWS_SECRET_ACCESS_KEY: 'wJalr/XUt+nF=',
    EMPTY: '',
    JSON: '{"a":1}',
    TEXT: 'two\nlines',
    SPACED: ' a ',
    COMMENT: '#no',
  });
  assert.deepEqual(lines, ['AWS_SECRET_ACCESS_KEY=wJalr/XUt+nF=', 'EMPTY=']);
  assert.deepEqual(words, ['JSON={"a":1}', 'TEXT=two\nlines', 'SPACED= a ', 'COMMENT=#no']);
});
