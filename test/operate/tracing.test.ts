// Spans, as an SDK of OpenTelemetry that is registered in the server's process gets them.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { createStub, deployStub, invokeStub, trainStub } from './stub-endpoint.ts';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
after(() => provider.shutdown());

test('Requests and jobs are spans of the SDK in the process, and go on with the trace of their client', async (t) => {
  const stub = await createStub(t);
  stub.open(true);
  const server = await stub.start({ stopDelay: '0' });
  await trainStub(server, 'fine');
  await trainStub(server, 'fails');
  await deployStub(server, 'echo');
  await invokeStub(server, 'echo', 'hello');
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  await fetch(`${server.address}/some-bucket`, { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
  await fetch(`${server.address}/_linnet/health`);
  await server.stop();
  const spans = exporter.getFinishedSpans();
  const named = (name: string) => spans.filter((span) => span.name === name);
  const [invocation] = named('sagemaker-runtime/InvokeEndpoint');
  assert.equal(invocation!.kind, SpanKind.SERVER);
  assert.equal(invocation!.attributes['http.response.status_code'], 200);
  assert.match(String(invocation!.attributes['aws.request_id']), /^[0-9a-f-]{36}$/);
  const milliseconds = invocation!.duration[0] * 1000 + invocation!.duration[1] / 1e6;
  assert.ok(milliseconds > 0 && milliseconds < 30_000, String(milliseconds));
  assert.deepEqual(
    named('training-job').map(({ attributes, status }) => [
      attributes['linnet.job.name'],
      attributes['linnet.job.status'],
      status.code,
    ]),
    [
      ['fine', 'Completed', SpanStatusCode.UNSET],
      ['fails', 'Failed', SpanStatusCode.ERROR],
    ],
  );
  const [missing, ...others] = spans.filter((span) => span.spanContext().traceId === traceId);
  assert.deepEqual(
    [missing!.attributes['http.response.status_code'], missing!.parentSpanContext?.spanId, others],
    [404, 'b7ad6b7169203331', []],
  );
  // Probes are none.
  assert.equal(spans.filter(({ name }) => name === 'GET').length, 0);
});
