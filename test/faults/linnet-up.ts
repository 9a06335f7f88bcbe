// A server in a process of its own, which a test may kill.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';

const command = fileURLToPath(new URL('../../../bin/linnet.mjs', import.meta.url));

/** A killed process may wait as a zombie for its new parent. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** The processes that were started on roots below a data folder, whatever numbers they have in namespaces of their own. */
export const programsOf = (dataFolder: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`LINNET_PROGRAM_ROOT=${dataFolder}/`);
      } catch {
        return false;
      }
    })
    .map(Number);

/** Ends what a killed server left running: programs that are not ours wait for the next start, which a test may never make. */
export function endPrograms(dataFolder: string): void {
  for (const pid of programsOf(dataFolder)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}

export interface Server {
  child: ChildProcess;
  address: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  s3: S3Client;
  sagemaker: SageMakerClient;
}

/** `linnet up` on the folder, once it answers. */
export async function start(folder: string): Promise<Server> {
  const args = [command, 'up', '--json', '--port', '0', '--data-dir', folder, '--log-level', 'silent'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const note = await new Promise<{ address: string; region: string; accessKeyId: string; secretAccessKey: string }>(
    (resolve, reject) => {
      child.once('close', (code) => reject(new Error(`linnet up ended with ${code}`)));
      createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line)));
    },
  );
  const { address, region, accessKeyId, secretAccessKey } = note;
  const credentials = { accessKeyId, secretAccessKey };
  const options = { endpoint: address, region, credentials };
  return { child, address, region, credentials, s3: new S3Client(options), sagemaker: new SageMakerClient(options) };
}
