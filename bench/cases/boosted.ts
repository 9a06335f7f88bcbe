import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeModelFile } from '../../src/learners/index.ts';
import { uniformFrom } from '../data/random.ts';
import type { BenchCase } from '../framework/case.ts';
import { interleaved } from '../framework/measure.ts';
import { benchRoot } from '../framework/places.ts';

const featureCount = 30;
const treeCount = 100;
const depth = 6;

/** A model of XGBoost: whole trees of random splits, in JSON. */
function boostedModel(random: () => number): string {
  const inner = 2 ** depth - 1;
  const nodeCount = 2 * inner + 1;
  const of = <Item>(make: (node: number) => Item): Item[] => Array.from({ length: nodeCount }, (_, node) => make(node));
  const tree = () => ({
    left_children: of((node) => (node < inner ? 2 * node + 1 : -1)),
    right_children: of((node) => (node < inner ? 2 * node + 2 : -1)),
    split_indices: of(() => Math.floor(random() * featureCount)),
    split_conditions: of((node) => (node < inner ? 2 * random() - 1 : 0.1 * (random() - 0.5))),
    default_left: of(() => Number(random() < 0.5)),
    sum_hessian: of(() => 1),
    loss_changes: of(() => 1),
    tree_param: { size_leaf_vector: '1' },
  });
  const trees = Array.from({ length: treeCount }, tree);
  return JSON.stringify({
    learner: {
      attributes: {},
      objective: { name: 'binary:logistic' },
      learner_model_param: { base_score: '5E-1', num_class: '0', num_feature: String(featureCount), num_target: '1' },
      gradient_booster: {
        name: 'gbtree',
        model: { gbtree_model_param: { num_parallel_tree: '1' }, tree_info: trees.map(() => 0), trees },
      },
    },
  });
}

const linearModel = (random: () => number): Uint8Array =>
  writeModelFile({
    predictorType: 'binary_classifier',
    loss: 'logistic',
    featureCount,
    outputCount: 1,
    weights: Float64Array.from({ length: featureCount }, random),
    bias: Float64Array.of(0),
    threshold: 0.5,
    metricsParams: {},
  });

interface Serving {
  child: ChildProcess;
  startMs: number;
  invoke(body: string): Promise<void>;
}

/** The program as it ships, on a socket below `folder`; `startMs` until it listens. */
async function startServe(algorithm: string, folder: string): Promise<Serving> {
  const socketPath = join(folder, 'serve.sock');
  const program = join(benchRoot, '../bundle/src/algorithms', algorithm, 'main.js');
  const from = performance.now();
  const child = spawn(process.execPath, [program, 'serve', '--root', folder], {
    env: { ...process.env, LINNET_BIND_TO_SOCKET: socketPath },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout!.on('data', (chunk: Buffer) => chunk.includes('Listening') && resolve());
    child.once('close', (code) => reject(new Error(`serve of ${algorithm} ended with ${code}`)));
  });
  const startMs = performance.now() - from;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { 'Content-Type': 'text/csv', Accept: 'text/csv' };
  const invoke = (body: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const call = request({ socketPath, agent, method: 'POST', path: '/invocations', headers }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
        response.resume().on('end', resolve);
      });
      call.on('error', reject).end(body);
    });
  return { child, startMs, invoke };
}

/** What Node itself takes to start and end. */
function bareNodeMs(): number {
  const from = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  return performance.now() - from;
}

const x1: BenchCase = {
  id: 'X1',
  title: 'Endpoints of XGBoost models',
  async run(bench) {
    const random = uniformFrom(1);
    const models = {
      xgboost: ['xgboost-model', boostedModel(random)],
      'linear-learner': ['model_algo-1', linearModel(random)],
    } as const;
    const row = Array.from({ length: featureCount }, () => (2 * random() - 1).toFixed(4)).join(',');
    const folder = mkdtempSync(join(tmpdir(), 'linnet-bench-'));
    const serving: Record<string, Serving> = {};
    const startsMs: number[] = [];
    const nodesMs: number[] = [];
    try {
      for (const [algorithm, [name, bytes]] of Object.entries(models)) {
        const root = join(folder, algorithm);
        mkdirSync(join(root, 'model'), { recursive: true });
        writeFileSync(join(root, 'model', name), bytes);
        serving[algorithm] = await startServe(algorithm, root);
        if (algorithm !== 'xgboost') continue;
        for (let i = 0; i < (bench.quick ? 2 : 6); i += 1) {
          serving[algorithm].child.kill();
          serving[algorithm] = await startServe(algorithm, root);
          startsMs.push(serving[algorithm].startMs);
          nodesMs.push(bareNodeMs());
        }
      }
      const calls = bench.quick ? 200 : 1000;
      const timings = await interleaved(
        Object.entries(serving).map(([name, { invoke }]) => ({
          name,
          run: async () => {
            for (let i = 0; i < calls; i += 1) await invoke(row);
            return undefined;
          },
        })),
        { rounds: bench.quick ? 3 : 15, clock: 'wall', warmups: 3 },
      );
      const each = (name: string): number => (timings.get(name)?.bestMs ?? Number.NaN) / calls;
      return {
        rows: [
          {
            what: `Start of serve with a model of ${treeCount} trees, until it listens`,
            value: Math.min(...startsMs),
            unit: 'ms',
            target: { atMost: 300 },
            figures: { bareNode: Math.min(...nodesMs) },
          },
          {
            what: `A row of ${featureCount} cells to ${treeCount} trees of depth ${depth} and back, against a linear model`,
            value: each('xgboost') / each('linear-learner'),
            unit: 'x',
            target: { atMost: 1.2 },
            figures: { trees: each('xgboost'), linear: each('linear-learner') },
          },
        ],
      };
    } finally {
      for (const { child } of Object.values(serving)) child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

export const boostedCases: readonly BenchCase[] = [x1];
