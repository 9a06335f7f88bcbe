/**
 * A small serving program for tests of batch transform. It adds up the numbers of each line. A line with a word in it
 * makes it behave: `bad` is refused, `crash` is a fault of its own, `once` is that the first time, `die` ends it,
 * `wait` takes for ever.
 */
import { createServer, type ServerResponse } from 'node:http';
import { bindSocketVariable, stopWithParentVariable } from '../../../../contract/index.ts';

const { env } = process;
if (env[stopWithParentVariable] === '1') process.stdin.on('end', () => process.exit(0)).resume();
console.log(
  `batch=${env.SAGEMAKER_BATCH} payload=${env.SAGEMAKER_MAX_PAYLOAD_IN_MB} strategy=${env.SAGEMAKER_BATCH_STRATEGY} concurrent=${env.SAGEMAKER_MAX_CONCURRENT_TRANSFORMS}`,
);
if (env.FAIL !== undefined) {
  console.log('failing');
  process.exit(3);
}
const seen = new Set<string>();
let flying = 0;

const server = createServer((request, response) => {
  if (request.url === '/execution-parameters') {
    if (env.WISHES === undefined) response.writeHead(404).end();
    else response.end(env.WISHES);
    return;
  }
  if (request.url !== '/invocations') return void response.end();
  flying += 1;
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    console.log(
      `request of ${body.length} bytes, ${flying} flying, ${request.headers['content-type']}, ${request.headers.accept}`,
    );
    setTimeout(
      () => {
        flying -= 1;
        answer(body, request.headers.accept ?? 'text/csv', response);
      },
      Number(env.DELAY_MS ?? 0),
    );
  });
});

function answer(body: Buffer, accept: string, response: ServerResponse): void {
  if (accept === 'application/octet-stream') return void response.end(body);
  const outputs: string[] = [];
  for (const [at, line] of body.toString().split('\n').entries()) {
    if (line === '') continue;
    if (line.includes('die')) process.exit(7);
    if (line.includes('wait')) return;
    const isFirst = !seen.has(line);
    seen.add(line);
    if (line.includes('crash') || (line.includes('once') && isFirst))
      return void response.writeHead(500).end('out of order');
    if (line.includes('bad')) return void response.writeHead(400).end(`Line ${at + 1}: "${line}" is not a number`);
    const sum = (line.match(/-?\d+(\.\d+)?/g) ?? []).reduce((total, text) => total + Number(text), 0);
    outputs.push(accept.includes('json') ? JSON.stringify({ score: sum }) : String(sum));
  }
  response.writeHead(200, { 'content-type': accept });
  response.end(env.ENDS === 'no' ? outputs.join('\n') : outputs.map((output) => `${output}\n`).join(''));
}

server.listen(env[bindSocketVariable] ?? '');
process.on('SIGTERM', () => process.exit(0));
