import { type Agent, request } from 'node:http';
import type { ProgramAddress } from '../../../compute/index.ts';

/** What a program wishes of a batch transform. All of it is optional. */
export interface ExecutionParameters {
  concurrent?: number;
  payloadMegabytes?: number;
  single?: boolean;
}

const executionParametersPath = '/execution-parameters';
const timeoutMs = 2_000;
const bytesMax = 64 * 1024;

/** Asks a program; one that does not know the question has no wishes. */
export function executionParameters(address: ProgramAddress, agent: Agent): Promise<ExecutionParameters> {
  return new Promise((resolve) => {
    const asking = request({ ...address, agent, path: executionParametersPath, timeout: timeoutMs }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > bytesMax) asking.destroy();
      });
      response.once('end', () => resolve(response.statusCode === 200 ? readParameters(text) : {}));
    });
    asking.once('timeout', () => asking.destroy());
    asking.once('error', () => resolve({}));
    asking.once('close', () => resolve({}));
    asking.end();
  });
}

/** What does not mean anything is left out. */
export function readParameters(text: string): ExecutionParameters {
  let said: Record<string, unknown> | null;
  try {
    said = JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    return {};
  }
  const { MaxConcurrentTransforms: concurrent, MaxPayloadInMB: megabytes, BatchStrategy: strategy } = said ?? {};
  return {
    ...(isCount(concurrent) && concurrent > 0 && { concurrent }),
    ...(isCount(megabytes) && megabytes <= 100 && { payloadMegabytes: megabytes }),
    ...((strategy === 'SINGLE_RECORD' || strategy === 'MULTI_RECORD') && { single: strategy === 'SINGLE_RECORD' }),
  };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
