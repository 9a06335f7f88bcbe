import type { Records } from '../../../store/index.ts';
import { type LogWriter, type LogWriterOptions, logWriter } from '../../logs/log-writer.ts';
import type { Instance } from '../../sagemaker/serving/instance.ts';
import type { AsyncQueueOptions } from './queue.ts';

interface DataLogOptions extends Pick<LogWriterOptions, 'nowMs' | 'timers' | 'warn'> {
  recordsOf(region: string): Records;
}

/** A line for each request that ended, in the endpoint's log group: `variant/instance/data-log`, as on Amazon. */
export function asyncDataLog({ recordsOf, ...options }: DataLogOptions): AsyncQueueOptions['ended'] {
  const writers = new WeakMap<Instance, LogWriter>();
  return (request, { event, reason, choice }) => {
    if (choice === undefined) return;
    const { instance, route } = choice;
    let writer = writers.get(instance);
    if (writer === undefined) {
      const group = `/aws/sagemaker/Endpoints/${request.endpoint}`;
      const stream = `${route.variant}/${instance.id}/data-log`;
      writer = logWriter({ ...options, records: recordsOf(request.region), group, stream });
      writers.set(instance, writer);
    }
    const took = `TotalProcessingTime: ${options.nowMs() - request.acceptedMs} ms`;
    const said =
      event === 'processed' ? `Inference request succeeded. ${took}` : `Inference request ${event}. ${reason}. ${took}`;
    void writer.line(`[${request.inferenceId}] ${said}`);
  };
}
