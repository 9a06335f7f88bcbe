/** A model.onnx in the folder of a model, ready to score rows. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { DataError, messageOf } from '../../../base/index.ts';
import { type OnnxFacts, readOnnx, withoutZipMaps } from '../../../formats/index.ts';
import { type ModelPorts, portsOf } from './ports.ts';
import { type Feed, type RequestRows, sizeOf } from './request-rows.ts';
import { loadRuntime, plainly, type Runtime, refusalOf } from './runtime.ts';
import { type AnswerRow, answerRows, type OutputTensor } from './write-answer.ts';

export interface OnnxModel {
  ports: ModelPorts;
  /** What it is, as the log says it. */
  text: string;
  /** The outputs of these names for each row; all where left out. Throws DataError for rows that it does not take. */
  score(rows: RequestRows, wanted?: readonly string[]): Promise<AnswerRow[]>;
}

const usualName = 'model.onnx';
const errorsOnly = 3;
/** The memory of WebAssembly holds 4 GB; a model needs more than once its size. */
const bytesMax = 2 ** 31 - 1;

/** Opens the model of a folder. Throws DataError that names the file and what is wrong with it. */
export async function openOnnxModel(folder: string, runtimeFile: string | undefined): Promise<OnnxModel> {
  const file = nameOf(folder);
  const runtime = await loadRuntime(runtimeFile);
  try {
    const bytes = readUpTo(join(folder, file), bytesMax);
    const facts = readOnnx(bytes);
    const ports = portsOf(facts);
    const session = await openSession(runtime, withoutZipMaps(bytes, facts), externalData(folder, facts));
    return { ports, text: describe(file, facts, ports), score: scorer(runtime, session, ports) };
  } catch (error) {
    throw error instanceof DataError ? new DataError(`${file}: ${error.message}`) : error;
  }
}

function nameOf(folder: string): string {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.onnx'));
  if (names.includes(usualName)) return usualName;
  const [name, ...others] = names.sort();
  if (name === undefined) throw new DataError(`There is no file ${usualName} in the model's archive`);
  if (others.length > 0)
    throw new DataError(`There are several models: ${names.join(', ')}; call the one to serve ${usualName}`);
  return name;
}

function readUpTo(path: string, most: number): Uint8Array {
  const { size } = statSync(path);
  if (size > most) throw new DataError(`It has ${size} bytes; at most ${most} can be loaded`);
  return readFileSync(path);
}

/** Weights that lie in files of their own. */
function externalData(folder: string, { externalFiles }: OnnxFacts): { path: string; data: Uint8Array }[] {
  return externalFiles.map((path) => {
    const below = normalize(path);
    if (isAbsolute(below) || below.startsWith('..'))
      throw new DataError(`Its weights are in "${path}", which is not below the model's folder`);
    try {
      return { path, data: readUpTo(join(folder, below), bytesMax) };
    } catch (error) {
      if (error instanceof DataError) throw error;
      throw new DataError(`Its weights are in the file "${path}", which the model's archive does not have beside it`);
    }
  });
}

async function openSession(
  runtime: Runtime,
  bytes: Uint8Array,
  weights: { path: string; data: Uint8Array }[],
): Promise<InferenceSession> {
  try {
    return await runtime.InferenceSession.create(bytes, {
      executionProviders: ['wasm'],
      externalData: weights,
      logSeverityLevel: errorsOnly,
    });
  } catch (error) {
    throw new DataError(refusalOf(error, runtime));
  }
}

const describe = (file: string, { opsets }: OnnxFacts, { inputs, outputs }: ModelPorts): string => {
  const sets = [...opsets].map(([domain, version]) => `${domain || 'ai.onnx'} ${version}`).join(', ');
  const names = (ports: readonly { name: string }[]): string => ports.map(({ name }) => `"${name}"`).join(', ');
  return `${file} (opset ${sets}) with the inputs ${names(inputs)} and the outputs ${names(outputs)}`;
};

function scorer(runtime: Runtime, session: InferenceSession, { outputs, batch }: ModelPorts): OnnxModel['score'] {
  const runOnce = async (rows: RequestRows, wanted: readonly string[]): Promise<AnswerRow[]> => {
    const feeds = Object.fromEntries(
      rows.feeds.map((feed) => [feed.port.name, tensorOf(runtime, feed, rows.rowCount)]),
    );
    let found: InferenceSession.ReturnType;
    try {
      found = await session.run(feeds, wanted);
    } catch (error) {
      // A trap leaves the memory of the runtime as it was in the middle of its work.
      if ((error as Error).name === 'RuntimeError') throw error;
      throw new DataError(`The model does not take these rows: ${plainly(messageOf(error))}`);
    }
    const ports = wanted.map((name) => outputs.find((port) => port.name === name)!);
    return answerRows(ports, found as unknown as Record<string, OutputTensor>, rows.rowCount);
  };
  return async (rows, wanted = outputs.map(({ name }) => name)) => {
    if (batch === undefined || batch === rows.rowCount) return runOnce(rows, wanted);
    if (rows.rowCount % batch !== 0)
      throw new DataError(`The model takes ${batch} rows at a time, and the request has ${rows.rowCount}`);
    const answers: AnswerRow[] = [];
    for (let first = 0; first < rows.rowCount; first += batch)
      answers.push(...(await runOnce(slice(rows, first, batch), wanted)));
    return answers;
  };
}

function tensorOf(runtime: Runtime, { port, values, rowShape }: Feed, rowCount: number): Tensor {
  return new runtime.Tensor(port.kind.name, values as never, [rowCount, ...rowShape]);
}

const slice = (rows: RequestRows, first: number, rowCount: number): RequestRows => ({
  rowCount,
  feeds: rows.feeds.map((feed) => {
    const width = sizeOf(feed.rowShape);
    return { ...feed, values: feed.values.slice(first * width, (first + rowCount) * width) as Feed['values'] };
  }),
});
