/**
 * A small program that speaks the container contract, for tests. What it does is in its hyperparameters (train)
 * and in the bodies it is sent (serve).
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import {
  bindSocketVariable,
  containerPaths,
  containerRootVariable,
  hostAddressesVariable,
  multiModelVariable,
  stopWithParentVariable,
} from '../../contract/index.ts';

const { values, positionals } = parseArgs({ options: { root: { type: 'string' } }, allowPositionals: true });
const paths = containerPaths(values.root ?? process.env[containerRootVariable] ?? '');
const commands: Record<string, () => void> = { train, serve };
if (process.env[stopWithParentVariable] === '1') process.stdin.on('end', () => process.exit(0)).resume();
commands[positionals[0] ?? '']?.();

/** The hyperparameters; those in the JSON of `plan` besides, so that one of them can choose several. */
function readSettings(): Record<string, string> {
  const settings = JSON.parse(readFileSync(paths.hyperparameters, 'utf8')) as Record<string, string>;
  return { ...settings, ...(JSON.parse(settings.plan ?? '{}') as Record<string, string>) };
}

function train(): void {
  const settings = readSettings();
  const { say = '', lines = '0', passes = '[]', x, course = '[]' } = settings;
  const resource = JSON.parse(readFileSync(paths.resourceConfig, 'utf8')) as { current_host: string };
  const host = resource.current_host;
  const behave = settings[`behave on ${host}`] ?? settings.behave ?? 'succeed';
  const config = JSON.parse(readFileSync(paths.inputDataConfig, 'utf8')) as Record<
    string,
    { TrainingInputMode?: string }
  >;
  const files: Record<string, string> = {};
  for (const [channel, { TrainingInputMode: mode }] of Object.entries(config)) {
    if (mode === 'Pipe') {
      // Bytes to read of each pass.
      (JSON.parse(passes) as number[]).forEach((bytesMax, pass) => {
        files[`${channel}_${pass}`] = readPipe(`${paths.channel(channel)}_${pass}`, bytesMax);
      });
      continue;
    }
    for (const entry of readdirSync(paths.channel(channel), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = `${entry.parentPath}/${entry.name}`;
      files[`${channel}:${path.slice(paths.channel(channel).length + 1)}`] = readFileSync(path, 'utf8').slice(0, 200);
    }
  }
  const end = (code: number): void => {
    process.stdin.destroy();
    process.exitCode = code;
  };
  const finish = (): void => {
    writeFileSync(
      `${paths.model}/model_${host}`,
      JSON.stringify({
        files,
        config,
        name: process.env.TRAINING_JOB_NAME,
        resource,
        addresses: process.env[hostAddressesVariable],
      }),
    );
    end(0);
  };
  console.log(`training ${process.env.TRAINING_JOB_NAME}`);
  console.log(`#quality_metric: host=${host}, train mse <loss>=0.5`);
  console.log(`#quality_metric: host=${host}, train mse <loss>=0.25`);
  if (x !== undefined) console.log(`the loss is ${(Number(x) - 0.3) ** 2}`);
  for (const loss of JSON.parse(course) as number[]) console.log(`the loss is ${loss}`);
  for (let line = 0; line < Number(lines); line += 1) console.log(`line ${line}`);
  if (say !== '') console.log(say);
  switch (behave) {
    case 'succeed':
      finish();
      return;
    case 'spoil inputs':
      for (const channel of Object.keys(config)) {
        for (const entry of readdirSync(paths.channel(channel), { recursive: true, withFileTypes: true })) {
          const file = `${entry.parentPath}/${entry.name}`;
          if (!entry.isFile()) continue;
          chmodSync(file, 0o600);
          writeFileSync(file, 'spoilt');
        }
      }
      finish();
      return;
    case 'fail':
      writeFileSync(paths.failure, 'ClientError: Row 3, column "radius": "x" is not a number');
      end(1);
      return;
    case 'fail silently':
      end(3);
      return;
    case 'lose the others':
      writeFileSync(paths.failure, 'InternalServerError: Lost a host');
      end(1);
      return;
    case 'die':
      process.kill(process.pid, 'SIGKILL');
      return;
    case 'leave links':
      for (const name of ['latest', 'newest']) symlinkSync('first', `${paths.model}/${name}`);
      writeFileSync(`${paths.model}/first`, 'kept');
      finish();
      return;
    case 'leave a name':
      writeFileSync(`${paths.model}/name`, host);
      finish();
      return;
    case 'output':
      mkdirSync(paths.outputData, { recursive: true });
      writeFileSync(`${paths.outputData}/report.txt`, 'fine');
      finish();
      return;
    case 'checkpoint': {
      const file = `${paths.checkpoints}/below/state`;
      const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
      const save = (text: string): void => {
        mkdirSync(`${paths.checkpoints}/below`, { recursive: true });
        writeFileSync(`${paths.checkpoints}/below/.state`, text);
        renameSync(`${paths.checkpoints}/below/.state`, file);
      };
      save(`${before}begun,`);
      process.on('SIGTERM', () => {
        save(`${before}begun,stopped,`);
        finish();
      });
      console.log(`waiting after "${before}"`);
      return;
    }
    case 'wait':
      process.on('SIGTERM', () => {
        console.log('told to stop');
        finish();
      });
      console.log('waiting');
      return;
    case 'be deaf':
      process.on('SIGTERM', () => undefined);
      console.log(`busy ${process.pid}`);
      for (;;);
    case 'wait forever':
      console.log(`pid ${process.pid}`);
      return;
  }
}

function readPipe(path: string, bytesMax: number): string {
  const pipe = openSync(path, 'r');
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  while (sizeBytes < bytesMax) {
    const chunk = Buffer.alloc(Math.min(65_536, bytesMax - sizeBytes));
    const read = readSync(pipe, chunk);
    if (read === 0) break;
    sizeBytes += read;
    chunks.push(chunk.subarray(0, read));
  }
  closeSync(pipe);
  const text = Buffer.concat(chunks).toString('latin1');
  return sizeBytes > 200 ? `${sizeBytes} bytes` : text;
}

/** The models of a multi-model endpoint that are loaded; with MODELS_MAX more of them are refused. */
const loaded = new Map<string, string>();

function answerModels(method: string, path: string, body: string): { status: number; text: string } | undefined {
  const [, , name = '', verb] = path.split('/');
  if (method === 'GET') return { status: 200, text: JSON.stringify([...loaded.values()]) };
  if (method === 'DELETE') return { status: loaded.delete(name) ? 200 : 404, text: '' };
  if (verb === 'invoke') return undefined;
  if (loaded.size >= Number(process.env.MODELS_MAX ?? '1000')) return { status: 507, text: 'no memory' };
  const { model_name: wanted, url } = JSON.parse(body) as { model_name: string; url: string };
  const content = readFileSync(`${url}/model_algo-1`, 'utf8');
  if (content === 'broken') return { status: 400, text: 'the model is broken' };
  loaded.set(wanted, content);
  return { status: 200, text: '' };
}

function serve(): void {
  const several = process.env[multiModelVariable] === 'true';
  const single = several ? '' : readFileSync(`${paths.model}/model_algo-1`, 'utf8');
  if (single === 'broken') {
    console.log('the model is broken');
    process.exit(1);
  }
  const server = createServer((request, response) => {
    if (request.url === '/ping') {
      response.end();
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const { url = '', method = '' } = request;
      const said = several ? answerModels(method, url, body) : undefined;
      if (said !== undefined) {
        response.writeHead(said.status).end(said.text);
        return;
      }
      const model = several ? `${loaded.get(url.split('/')[2] ?? '')} of ${[...loaded.values()].join(' ')}` : single;
      const [word, status = '200'] = body.split(' ');
      if (word === 'die') process.exit(7);
      if (word === 'hang') return;
      // The one of several programs that is named does so.
      if (word === single && status === 'die') process.exit(7);
      if (word === single && status === 'hang') return;
      if (word === 'status') response.writeHead(Number(status)).end(`answer ${status}`);
      // As the first container of a pipeline: what follows the word goes to the next one.
      else if (word === 'next') response.writeHead(200, { 'content-type': `text/${model}` }).end(body.slice(5));
      else if (word === 'slow') setTimeout(() => response.end(`slow by ${model}`), 300);
      else {
        response.writeHead(200, { 'content-type': 'application/json', 'x-amzn-sagemaker-custom-attributes': 'back' });
        response.end(JSON.stringify({ model, body, headers: request.headers, setting: process.env.SETTING }));
      }
    });
  });
  const socket = process.env[bindSocketVariable] ?? '';
  server.listen(socket, () => console.log(existsSync(socket) ? 'listening' : 'not listening'));
  process.on('SIGTERM', () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}
