// What ARCHITECTURE.md says is absent, looked for in every source that ships. Each entry lists the files that may.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lossKinds, lossNames } from '../../src/kernels/index.ts';
import { readSources, type Source } from './sources.ts';

const sources = readSources();

interface Promise {
  says: string;
  /** What a source must not hold. */
  never: RegExp;
  /** Rooms (ending in /) and files that may hold it. */
  but: readonly string[];
  /** Rooms (or folders, ending in /) to look in; all when left out. */
  among?: readonly string[];
}

const lossWords = [...new Set<string>([...lossKinds, ...lossNames])].join('|');

const promises: readonly Promise[] = [
  {
    // An exported model is SQL for another's database: none of it is run here.
    says: 'SQL is written, and databases are opened, in store only',
    never: /\bfrom '(pg|libsql|node:sqlite|better-sqlite3)'|\b(SELECT|INSERT INTO|DELETE FROM|CREATE TABLE)\b/,
    but: ['store/', 'modelling/exports/sql.ts'],
  },
  {
    // Every one of these speaks to a program that Linnet started, to its own socket, or to the database that it was given.
    says: 'Connections are opened only by the modules listed',
    never:
      /import \{[^}]*\b(request|get|Agent|connect|createConnection|Socket)\b[^}]*\} from 'node:(http|https|http2|net|tls)'|\bfetch\(|\bnew (WebSocket|EventSource|XMLHttpRequest)\b|from '(undici|node:dgram|node:dns|node:dns\/promises|node:inspector)'|from 'pg'/,
    but: [
      'algorithms/channels/pipe-chunks.ts',
      'cli/api.ts',
      'server/data-folder/data-folder.ts',
      'services/sagemaker/serving/execution-parameters.ts',
      'services/sagemaker/serving/health.ts',
      'services/sagemaker/serving/kept-program.ts',
      'services/sagemaker/jobs/pipe-mode/pipe-channel.ts',
      'services/sagemaker/serving/container-client.ts',
      'services/sagemaker/serving/framed-client.ts',
      'services/sagemaker/serving/stream-invocation.ts',
      'store/records/migrations/index.ts',
      'store/records/postgres-connections.ts',
      'store/records/postgres-errors.ts',
      'store/records/postgres-watch.ts',
      'store/records/postgres.ts',
    ],
  },
  {
    says: 'HTTP is served by the server and by serving programs only',
    never: /\bcreateServer\b|\bcreateSecureServer\b/,
    // One asks the system for a port that is free, and lets go of it.
    but: ['server/http-server.ts', 'algorithms/serving/invocation-server.ts', 'compute/free-port.ts'],
  },
  {
    says: 'The clock is read at the edges only',
    never: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/,
    but: [
      'algorithms/channels/channel-rows.ts',
      'algorithms/channels/pipe-chunks.ts',
      'algorithms/linear-learner/training-job.ts',
      'algorithms/xgboost/training-job.ts',
      'algorithms/linear-learner/output/training-log.ts',
      'algorithms/program/output/log.ts',
      'algorithms/program/threads/train-thread.ts',
      'cli/',
      'compute/program-note.ts',
      'demo/',
      'kernels/threads/job-board.ts',
      'library/breather.ts',
      'server/data-folder/early-records.ts',
      'server/start.ts',
      'services/sagemaker/serving/framed-client.ts',
      'store/records/postgres-connections.ts',
    ],
  },
  {
    says: 'Randomness is drawn at the edges only',
    never: /\bMath\.random\b|\brandom(UUID|Bytes|Int|FillSync)\b|\bgetRandomValues\b/,
    but: [
      'compute/host-addresses.ts',
      'server/data-folder/encryption.ts',
      'server/data-folder/key-file.ts',
      'server/data-folder/secrets.ts',
      'server/start.ts',
      'services/sagemaker/files/remove-tree.ts',
      'store/records/postgres.ts',
    ],
  },
  {
    says: 'The environment is read at the edges only',
    never: /\bprocess\.env\b|\benv\b[^;\n]*(from 'node:process'|= process;)/,
    but: [
      'algorithms/onnx/main.ts',
      'algorithms/program/run-main.ts',
      'algorithms/program/standby.ts',
      'algorithms/program/stopping.ts',
      'algorithms/program/threads/train-thread.ts',
      'algorithms/serving/serve.ts',
      'algorithms/collective/join-hosts.ts',
      'algorithms/xgboost/library/library.ts',
      'cli/',
      'compute/environment.ts',
      'demo/',
      // Package tools get the user's own.
      'images/package-tool.ts',
    ],
  },
  {
    says: 'The platform never imports an algorithm, nor an algorithm the platform',
    never: /from '[^']*\/(algorithms|learners|kernels)\//,
    but: [],
    among: ['base', 'contract', 'store', 'compute', 'tuning', 'gateway', 'services', 'server', 'cli'],
  },
  {
    says: 'An algorithm never imports the platform',
    never: /from '[^']*\/(store|compute|gateway|services|server|cli|demo)\//,
    but: [],
    among: ['base', 'contract', 'framing', 'kernels', 'formats', 'learners', 'tables', 'library', 'algorithms'],
  },
  {
    says: 'A loss is asked for what it has, never for its name',
    never: new RegExp(
      `([!=]==? ?|\\bcase |\\.(includes|startsWith|endsWith)\\()'(${lossWords}|eps_)'|'(${lossWords})' ?([!=]==?|in\\b)`,
    ),
    but: [],
    // Trees have objectives of their own, named as XGBoost names them.
    among: [
      'kernels',
      'learners/linear-learner/',
      'learners/losses/',
      'learners/solvers/',
      'algorithms/linear-learner/',
    ],
  },
  {
    says: 'base never knows a protocol, a format or a service',
    never: /sagemaker|\bs3\b|aws|csv|parquet|recordio|https?:/i,
    but: [],
    among: ['base'],
  },
  {
    says: 'The contract is data: it never reads a file, starts a program or opens a connection',
    never: /from 'node:(fs|child_process|net|http|worker_threads)/,
    but: [],
    among: ['contract'],
  },
  {
    says: 'What runs in a browser never imports Node',
    never: /from 'node:|\brequire\(|\bBuffer\.|\bprocess\./,
    but: [],
    among: ['framing', 'kernels', 'formats', 'learners', 'tables', 'library'],
  },
  {
    says: 'tuning is arithmetic: it imports nothing of Node, and nothing else of Linnet',
    never: /from 'node:|from '(\.\.\/)*(base|contract|store|compute|gateway|services)\//,
    but: [],
    among: ['tuning'],
  },
  {
    says: 'compute never knows which resource a program belongs to',
    never: /training-job|TrainingJob|endpoint|EndpointName/i,
    but: [],
    among: ['compute'],
  },
  {
    says: 'No default exports, no enums, no console',
    never: /^export default|^(export )?(const )?enum |\bconsole\.(log|error|warn)\(/m,
    but: [],
  },
];

const mayHold = ({ path }: Source, but: readonly string[]): boolean =>
  but.some((entry) => (entry.endsWith('/') ? path.startsWith(entry) : path === entry));

for (const { says, never, but, among } of promises) {
  test(says, () => {
    const looked = sources.filter(
      (source) => among === undefined || among.includes(source.room) || mayHold(source, among),
    );
    assert.ok(looked.length > 0, 'no source was looked at');
    const holding = looked.filter(({ code }) => never.test(code));
    const broken = holding
      .filter((source) => !mayHold(source, but))
      .map(({ path, code }) => `src/${path}: ${never.exec(code)?.[0].replaceAll(/\s+/g, ' ')}`);
    assert.deepEqual(broken, []);
    const stale = but.filter((entry) => !holding.some((source) => mayHold(source, [entry])));
    assert.deepEqual(stale, [], 'these need no exception any more');
  });
}
