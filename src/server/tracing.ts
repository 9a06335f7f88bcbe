import type { IncomingMessage } from 'node:http';
import { type Attributes, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { LogEntry } from '../gateway/index.ts';
import type { JobEnd } from '../services/index.ts';
import { packageVersion } from './package-version.ts';

/** Where requests and jobs become spans of OpenTelemetry, once they have ended. */
export interface Tracing {
  request(entry: LogEntry, message: IncomingMessage): void;
  job(end: JobEnd): void;
}

/** A tracer of the SDK that is registered in this process, by its users: Linnet itself sends nothing anywhere. */
export function openTracing({ nowMs }: { nowMs(): number }): Tracing {
  const tracer = trace.getTracer('linnet', packageVersion());
  return {
    request(entry, { headers }) {
      // Probers ask for our own pages all day.
      if (entry.page !== undefined) return;
      const { service, operation, method, status, code, durationMs } = entry;
      const endMs = nowMs();
      const attributes: Attributes = {
        'rpc.system': 'aws-api',
        'http.request.method': method,
        'http.response.status_code': status,
        'aws.request_id': entry.requestId,
        ...(service !== undefined && { 'rpc.service': service }),
        ...(operation !== undefined && { 'rpc.method': operation }),
        ...(code !== undefined && { 'error.type': code }),
      };
      const name = operation === undefined ? method : `${service}/${operation}`;
      const options = { kind: SpanKind.SERVER, startTime: endMs - durationMs, attributes };
      const span = tracer.startSpan(name, options, propagation.extract(ROOT_CONTEXT, headers));
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(endMs);
    },
    job({ kind, name, status, createdAtMs, endedMs }) {
      const attributes = { 'linnet.job.kind': kind, 'linnet.job.name': name, 'linnet.job.status': status };
      const span = tracer.startSpan(kind, { startTime: createdAtMs, attributes }, ROOT_CONTEXT);
      if (status === 'Failed') span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(endedMs);
    },
  };
}
