import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { containerPaths } from '../../src/contract/index.ts';
import { uniformFrom } from '../data/random.ts';
import type { Bench, BenchCase } from '../framework/case.ts';
import type { HostsTiming } from '../framework/hosts-process.ts';

const process_ = fileURLToPath(new URL('../framework/hosts-process.js', import.meta.url));
const featureCount = 30;
const counts = [1, 2, 4] as const;
const rounds = 30;
const depth = 6;

/** Rows of CSV, of which the label is a step and a slope. */
function part(rowCount: number, random: () => number): string {
  const lines: string[] = [];
  for (let row = 0; row < rowCount; row++) {
    const cells = Array.from({ length: featureCount }, () => 2 * random() - 1);
    const label = cells[0]! * cells[1]! + 0.3 * cells[2]! > 0 ? 1 : 0;
    lines.push(`${label},${cells.map((cell) => cell.toFixed(4)).join(',')}\n`);
  }
  return lines.join('');
}

/** A root for each of the hosts, with its share of the parts. */
function layOut(folder: string, parts: readonly string[], count: number, roundCount: number): string[] {
  const hosts = Array.from({ length: count }, (_, at) => `algo-${at + 1}`);
  return hosts.map((host, place) => {
    const root = join(folder, `${count}-${roundCount}-${host}`);
    const paths = containerPaths(root);
    const write = (path: string, value: unknown): void => writeFileSync(path, JSON.stringify(value));
    mkdirSync(paths.channel('train'), { recursive: true });
    mkdirSync(join(root, 'input/config'), { recursive: true });
    const settings = { objective: 'binary:logistic', eval_metric: 'logloss', max_depth: String(depth), nthread: '1' };
    write(paths.hyperparameters, { ...settings, num_round: String(roundCount) });
    write(paths.inputDataConfig, {
      train: { ContentType: 'text/csv', TrainingInputMode: 'File', S3DistributionType: 'ShardedByS3Key' },
    });
    write(paths.resourceConfig, { current_host: host, hosts, network_interface_name: 'lo' });
    for (const [at, text] of parts.entries())
      if (at % count === place) writeFileSync(join(paths.channel('train'), `${at}.csv`), text);
    return root;
  });
}

/** Runs the hosts in a network of their own, where the machine lets us, so that its counters are theirs alone. */
function runHosts(roots: readonly string[], library: string): HostsTiming {
  const env = { ...process.env, LINNET_XGBOOST_LIBRARY: library };
  const command = ['sh', '-c', 'ip link set lo up; exec "$@"', 'sh', process.execPath, process_, ...roots];
  const run = spawnSync('unshare', ['--user', '--map-root-user', '--net', ...command], { env, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`the hosts ended with ${run.status}: ${run.stderr || run.error?.message}`);
  return JSON.parse(run.stdout) as HostsTiming;
}

/** XGBoost's library of LINNET_XGBOOST_LIBRARY, or of the Python package that the peers use. */
export async function xgboostLibrary(bench: Bench): Promise<string> {
  const named = process.env.LINNET_XGBOOST_LIBRARY;
  if (named) return named;
  const python = await bench.python(2);
  return String((await python.call('boosting_library', {})).library);
}

const h1: BenchCase = {
  id: 'H1',
  title: 'XGBoost on several hosts, which are processes of this machine',
  async run(bench) {
    const library = await xgboostLibrary(bench);
    const rowCount = bench.quick ? 20_000 : 400_000;
    const folder = mkdtempSync(join(tmpdir(), 'linnet-bench-'));
    try {
      const random = uniformFrom(1);
      const parts = Array.from({ length: 8 }, () => part(rowCount / 8, random));
      const best = new Map<number, HostsTiming>();
      const short = new Map<number, HostsTiming>();
      for (let turn = 0; turn < (bench.quick ? 1 : 5); turn++) {
        for (const count of counts) {
          for (const [of, roundCount] of [
            [best, rounds],
            [short, 1],
          ] as const) {
            const timing = runHosts(layOut(folder, parts, count, roundCount), library);
            if (timing.ms < (of.get(count)?.ms ?? Number.POSITIVE_INFINITY)) of.set(count, timing);
          }
        }
      }
      const alone = best.get(1)!.ms;
      const kBOfRound = (count: number): number =>
        (best.get(count)!.loopbackBytes - short.get(count)!.loopbackBytes) / (rounds - 1) / 1000;
      return {
        rows: counts.slice(1).map((count) => ({
          what: `${rounds} rounds of depth ${depth} over ${rowCount} x ${featureCount} on ${count} hosts, one thread each, against one host`,
          value: alone / best.get(count)!.ms,
          unit: 'x' as const,
          figures: {
            one: alone,
            [`of${count}`]: best.get(count)!.ms,
            'a round, one': (alone - short.get(1)!.ms) / (rounds - 1),
            [`a round, of${count}`]: (best.get(count)!.ms - short.get(count)!.ms) / (rounds - 1),
            'kB a round through the network': kBOfRound(count),
          },
          note: 'the train program from its start to its end; more hosts than processors share them',
        })),
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

export const hostCases: readonly BenchCase[] = [h1];
