// The two programs of the container contract: `train` and `serve` start this with their name.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { decode, encode, means, nearest, parse } from './centroids.js';

const root = process.env.SAGEMAKER_BASE_DIR ?? '/opt/ml';
const modelFile = join(root, 'model/centroids.csv');

function train(): void {
  const channel = join(root, 'input/data/train');
  const files = readdirSync(channel).sort();
  try {
    const model = means(files.flatMap((file) => parse(readFileSync(join(channel, file), 'utf8'))));
    writeFileSync(modelFile, encode(model));
    console.log(`classes=${model.size};`);
  } catch (problem) {
    writeFileSync(join(root, 'output/failure'), `ClientError: ${(problem as Error).message}`);
    process.exitCode = 1;
  }
}

function serve(): void {
  const model = decode(readFileSync(modelFile, 'utf8'));
  const server = createServer(async (request, response) => {
    if (request.url === '/ping') {
      response.end();
      return;
    }
    const rows = parse(await text(request)).map((row) => row.map(Number));
    const wrong = rows.flat().some(Number.isNaN);
    response.writeHead(wrong ? 400 : 200, { 'content-type': 'text/csv' });
    response.end(wrong ? 'Not a number' : rows.map((row) => `${nearest(model, row)}\n`).join(''));
  });
  server.listen(Number(process.env.SAGEMAKER_BIND_TO_PORT ?? 8080), '127.0.0.1');
  process.on('SIGTERM', () => server.close(() => process.exit(0)));
}

if (process.argv[2] === 'train') train();
else serve();
