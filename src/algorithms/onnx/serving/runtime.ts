/** ONNX Runtime for WebAssembly: how it is loaded, and what it says when it does not take a model. */
import { pathToFileURL } from 'node:url';
import type * as OnnxRuntime from 'onnxruntime-web';
import { DataError, messageOf } from '../../../base/index.ts';

export type Runtime = typeof OnnxRuntime;

/** Loads the module of a file. Throws DataError where it is none. */
export async function loadRuntime(file: string | undefined): Promise<Runtime> {
  if (!file) throw new DataError('ONNX Runtime has not been added; type: linnet image add onnx');
  let runtime: Runtime;
  try {
    runtime = (await import(pathToFileURL(file).href)) as Runtime;
  } catch (error) {
    throw new DataError(`ONNX Runtime cannot be loaded from ${file}: ${firstLine(messageOf(error))}`);
  }
  // A program answers on one thread for each model it has loaded; more of them spin while they wait for work.
  runtime.env.wasm.numThreads = 1;
  runtime.env.logLevel = 'error';
  return runtime;
}

const firstLine = (text: string): string => text.split('\n', 1)[0]!.slice(0, 300);

/** Advice on what can be done about the versions of operators. */
const exportAgain = 'export the model again for an opset that is supported';

/** Why the runtime refuses a model, in words for who made it. */
export function refusalOf(error: unknown, runtime: Runtime): string {
  const text = messageOf(error).replace(/^Can't create a session\. ERROR_CODE: \d+, ERROR_MESSAGE: /, '');
  const name = `ONNX Runtime ${runtime.env.versions?.web ?? ''}`.trim();
  const [, missing, opset] = /No Op registered for (\S+) with domain_version of (\d+)/.exec(text) ?? [];
  if (missing !== undefined)
    return `The operator ${missing} is not among those of opset ${opset}, which the model names; ${name} does not run it`;
  const [, foreign] = /Fatal error: (\S+?)\(-?\d+\) is not a registered function/.exec(text) ?? [];
  if (foreign !== undefined) {
    const at = foreign.lastIndexOf(':');
    return `The operator ${foreign.slice(at + 1)} of the domain ${foreign.slice(0, at)} is not one of ${name}: operators of one's own cannot be run`;
  }
  const [, absent, version] = /Could not find an implementation for (\S+?)\((\d+)\) node/.exec(text) ?? [];
  if (absent !== undefined)
    return `The operator ${absent} of version ${version} is not implemented by ${name} for these types; ${exportAgain}`;
  const [, given] = /Opset (\d+) is under development/.exec(text) ?? [];
  const [, domain = 'ai.onnx', last] = /official support for domain (\S+) is till opset (\d+)/.exec(text) ?? [];
  if (given !== undefined)
    return `The model is of opset ${given} of ${domain}; ${name} supports those up to ${last ?? 'an earlier one'}; ${exportAgain}`;
  const [, ir, irMax] = /Unsupported model IR version: (\d+), max supported IR version: (\d+)/.exec(text) ?? [];
  if (ir !== undefined)
    return `The model is of version ${ir} of the file format (ir_version); ${name} reads those up to ${irMax}`;
  return plainly(text);
}

/** What the runtime says, without the places in its own source. */
export const plainly = (text: string): string =>
  firstLine(
    text
      .replace(
        /^failed to call OrtRun\(\)\. ERROR_CODE: \d+, ERROR_MESSAGE: (Non-zero status code returned while )?/,
        '',
      )
      .replace(/\S*\/onnxruntime\/\S+:\d+ [^\n]*?\) (?=[A-Z])/g, '')
      .replace(/\S*\/onnxruntime\/\S+/g, '')
      .trim(),
  );
