import { request } from 'node:http';

// A process of its own: puts or gets one large object again and again on one connection, and prints the seconds of each.
const [, , method = '', url = '', count = '', bytes = ''] = process.argv;
const body = Buffer.alloc(method === 'PUT' ? Number(bytes) : 0, 'linnet ');
const seconds: number[] = [];
for (let at = 0; at < Number(count); at += 1) {
  const startedMs = performance.now();
  await new Promise<void>((resolve, reject) => {
    const call = request(url, { method, headers: method === 'PUT' ? { 'content-length': body.length } : {} });
    call.once('error', reject);
    call.once('response', (response) => {
      let received = 0;
      response.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      response.once('end', () => {
        const isWhole = response.statusCode === 200 && (method === 'PUT' || received === Number(bytes));
        if (isWhole) resolve();
        else reject(new Error(`${method} was answered ${response.statusCode} with ${received} bytes`));
      });
    });
    call.end(body);
  });
  seconds.push((performance.now() - startedMs) / 1000);
}
console.log(JSON.stringify(seconds));
