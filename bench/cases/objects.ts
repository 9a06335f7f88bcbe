import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
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

async function smallPuts(server: Server, seconds: number): Promise<number> {
  const urls = Array.from({ length: connections }, (_, at) =>
    getSignedUrl(clientOf(server), new PutObjectCommand({ ...bucket, Key: `small/${at}` })),
  );
  const request = (await Promise.all(urls)).map((url) => {
    const { pathname, search, host } = new URL(url);
    const head = `PUT ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${smallBytes}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), Buffer.alloc(smallBytes, 'x')]);
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

async function measure(bench: Bench, ours: Server, peer: Server | Error): Promise<Row[]> {
  const rounds = bench.quick ? 1 : 3;
  const largeBytes = bench.quick ? 8_000_000 : 64 * 1024 * 1024;
  const kinds = [
    [
      'puts of 4 KB, 8 connections',
      'small puts',
      'requests/s',
      (server: Server) => smallPuts(server, bench.quick ? 1 : 3),
    ],
    ['puts of 64 MB', 'large puts', 'MB/s', (server: Server) => transfers(server, 'PUT', largeBytes, 5)],
    ['gets of 64 MB', 'large gets', 'MB/s', (server: Server) => transfers(server, 'GET', largeBytes, 5)],
  ] as const;
  const rows: Row[] = [];
  for (const [what, label, unit, rate] of kinds) {
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
      ...(label === 'small puts' ? {} : { target: { atLeast: 1 } }),
      figures: { [unit]: best, ...(peer instanceof Error ? {} : { [`versitygw ${unit}`]: bestOfPeer }) },
    });
  }
  return rows;
}

export const objectCases: readonly BenchCase[] = [
  {
    id: 'O1',
    title: 'Objects over HTTP, signatures checked',
    async run(bench) {
      const ours = await startLinnet();
      let peer: Server | Error | undefined;
      try {
        peer = await startVersitygw().catch((cause: Error) => cause);
        for (const server of [ours, peer])
          if (!(server instanceof Error)) await clientOf(server).send(new CreateBucketCommand(bucket));
        return { rows: await measure(bench, ours, peer), peers: { versitygw: versitygwVersion } };
      } finally {
        await ours.close();
        if (peer !== undefined && !(peer instanceof Error)) await peer.close();
      }
    },
  },
];
