import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { folderObjects, memoryRecords, type Objects } from '../../src/store/index.ts';
import type { Bench, BenchCase, Row } from '../framework/case.ts';
import { type LinnetProcess, startLinnet } from '../framework/linnet-process.ts';
import { measureLoad } from '../framework/load.ts';
import { startVersitygw, versitygwVersion } from '../peers/versitygw.ts';

type Server = Pick<LinnetProcess, 'port' | 'client' | 'close'>;

const transferProgram = fileURLToPath(new URL('../framework/transfer-process.js', import.meta.url));
const smallBytes = 4096;
const connections = 8;

/** Requests are signed in their URLs beforehand, so that the client costs as little as it can. */
function clientOf(server: Server): S3Client {
  return new S3Client({ ...server.client, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' });
}

const bucket = { Bucket: 'bench' };

/** Requests a second. The gets are of what the puts left. */
async function smallTransfers(server: Server, method: 'PUT' | 'GET', seconds: number): Promise<number> {
  const urls = Array.from({ length: connections }, (_, at) => {
    const place = { ...bucket, Key: `small/${at}` };
    const command = method === 'PUT' ? new PutObjectCommand(place) : new GetObjectCommand(place);
    return getSignedUrl(clientOf(server), command as PutObjectCommand);
  });
  const body = Buffer.alloc(method === 'PUT' ? smallBytes : 0, 'x');
  const request = (await Promise.all(urls)).map((url) => {
    const { pathname, search, host } = new URL(url);
    const length = method === 'PUT' ? `content-length: ${smallBytes}\r\n` : '';
    return Buffer.concat([
      Buffer.from(`${method} ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n${length}\r\n`),
      body,
    ]);
  });
  const load = { port: server.port, request, connections, seconds, warmupSeconds: seconds / 2 };
  return (await measureLoad(load)).requestsPerSecond;
}

/** The best rate of some transfers, in MB/s. */
async function transfers(server: Server, method: 'PUT' | 'GET', bytes: number, count: number): Promise<number> {
  const place = { ...bucket, Key: 'large' };
  const command = method === 'PUT' ? new PutObjectCommand(place) : new GetObjectCommand(place);
  const url = await getSignedUrl(clientOf(server), command as PutObjectCommand);
  const args = [transferProgram, method, url, String(count), String(bytes)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return bytes / 1e6 / Math.min(...(JSON.parse(stdout) as number[]));
}

/** What is measured: a name, a short one, the unit, and the rate of a server. */
function kindsOf({ quick }: Bench) {
  const seconds = quick ? 1 : 3;
  const largeBytes = quick ? 8_000_000 : 64 * 1024 * 1024;
  return [
    [
      'puts of 4 KB, 8 connections',
      'small puts',
      'requests/s',
      (server: Server) => smallTransfers(server, 'PUT', seconds),
    ],
    [
      'gets of 4 KB, 8 connections',
      'small gets',
      'requests/s',
      (server: Server) => smallTransfers(server, 'GET', seconds),
    ],
    ['puts of 64 MB', 'large puts', 'MB/s', (server: Server) => transfers(server, 'PUT', largeBytes, 5)],
    ['gets of 64 MB', 'large gets', 'MB/s', (server: Server) => transfers(server, 'GET', largeBytes, 5)],
  ] as const;
}

async function measure(bench: Bench, ours: Server, peer: Server | Error): Promise<Row[]> {
  const rounds = bench.quick ? 1 : 3;
  const rows: Row[] = [];
  for (const [what, label, unit, rate] of kindsOf(bench)) {
    let [best, bestOfPeer] = [0, 0];
    for (let round = 0; round < rounds; round += 1) {
      best = Math.max(best, await rate(ours));
      if (!(peer instanceof Error)) bestOfPeer = Math.max(bestOfPeer, await rate(peer));
    }
    rows.push({
      what: `${what}: over versitygw`,
      label,
      ...(peer instanceof Error ? { note: peer.message } : { value: best / bestOfPeer }),
      unit: 'x',
      // It never syncs a put: for small ones, which a sync dominates, its rate is no target.
      ...(label.startsWith('large') ? { target: { atLeast: 1 } } : {}),
      figures: { [unit]: best, ...(peer instanceof Error ? {} : { [`versitygw ${unit}`]: bestOfPeer }) },
    });
  }
  return rows;
}

/** What encryption at rest costs. */
async function measureSealed(bench: Bench, plain: Server): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-bench-'));
  const keyFile = join(folder, 'key');
  writeFileSync(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 });
  const sealed = await startLinnet({ LINNET_ENCRYPTION_KEY_FILE: keyFile });
  try {
    await clientOf(sealed).send(new CreateBucketCommand(bucket));
    const rows: Row[] = [];
    for (const [what, label, unit, rate] of kindsOf(bench)) {
      let [best, bestOfPlain] = [0, 0];
      for (let round = 0; round < (bench.quick ? 1 : 3); round += 1) {
        best = Math.max(best, await rate(sealed));
        bestOfPlain = Math.max(bestOfPlain, await rate(plain));
      }
      rows.push({
        what: `${what}: encrypted at rest over plain`,
        label: `sealed ${label}`,
        value: best / bestOfPlain,
        unit: 'x',
        figures: { [unit]: best, [`plain ${unit}`]: bestOfPlain },
      });
    }
    return rows;
  } finally {
    await sealed.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Objects that came in one part become the files of a job: by second names for them, or by copies. */
async function measurePlacing({ quick }: Bench): Promise<Row> {
  const [count, bytes] = [16, quick ? 1_000_000 : 16_000_000];
  const folder = mkdtempSync(join(tmpdir(), 'linnet-bench-'));
  const records = memoryRecords();
  const objects = await folderObjects({ folder: join(folder, 'objects'), records, nowMs: Date.now, newId: randomUUID });
  try {
    await objects.createBucket({
      name: 'bench',
      createdAtMs: 0,
      region: 'us-east-1',
      publicRead: false,
      readOnly: false,
      attributes: {},
    });
    for (let at = 0; at < count; at += 1)
      await objects.put({ bucket: 'bench', key: `${at}` }, Buffer.alloc(bytes, `${at} `));
    let [linkedMs, copiedMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let round = 0; round < 3; round += 1) {
      linkedMs = Math.min(linkedMs, await placeAll(objects, count, { folder, shared: true }));
      copiedMs = Math.min(copiedMs, await placeAll(objects, count, { folder, shared: false }));
    }
    return {
      what: `${count} objects of ${bytes / 1e6} MB into the folder of a job: copies over links`,
      label: 'links into jobs',
      value: copiedMs / linkedMs,
      unit: 'x',
      target: { atLeast: 10 },
      figures: { linked: linkedMs, copied: copiedMs },
    };
  } finally {
    await objects.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The milliseconds that it takes to make files of all objects. */
async function placeAll(
  objects: Objects,
  count: number,
  { folder, shared }: { folder: string; shared: boolean },
): Promise<number> {
  const job = mkdtempSync(join(folder, 'job-'));
  const startedMs = performance.now();
  for (let at = 0; at < count; at += 1) await objects.place('bench', `${at}`, join(job, `${at}`), { shared });
  const tookMs = performance.now() - startedMs;
  rmSync(job, { recursive: true });
  return tookMs;
}

export const objectCases: readonly BenchCase[] = [
  {
    id: 'O1',
    title: 'Objects over HTTP, signatures checked, and as files of a job',
    async run(bench) {
      const ours = await startLinnet();
      let peer: Server | Error | undefined;
      try {
        peer = await startVersitygw().catch((cause: Error) => cause);
        for (const server of [ours, peer])
          if (!(server instanceof Error)) await clientOf(server).send(new CreateBucketCommand(bucket));
        const rows = [
          ...(await measure(bench, ours, peer)),
          ...(await measureSealed(bench, ours)),
          await measurePlacing(bench),
        ];
        return { rows, peers: { versitygw: versitygwVersion } };
      } finally {
        await ours.close();
        if (peer !== undefined && !(peer instanceof Error)) await peer.close();
      }
    },
  },
];
