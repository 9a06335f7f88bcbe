/** Lines that carry numbers out of a training job, in the shapes of the original's log: `#metrics {...}` and the others. */
import { PythonFloat, type PythonValue, pythonFloat, pythonJson } from '../../../formats/index.ts';
import type { Log } from './log.ts';

export interface Span {
  startedAtMs: number;
  endedAtMs: number;
}

export interface Summary {
  sum: PythonValue;
  count: number;
  min: PythonValue;
  max: PythonValue;
}

export interface Score {
  name: string;
  /** Whether less or more of it is better. */
  kind: 'loss' | 'score';
  value: number;
}

export interface MetricLines {
  metrics(span: Span, dimensions: Record<string, PythonValue>, values: Record<string, Summary>): void;
  /** `#quality_metric: host=algo-1, <text>`. */
  quality(text: string): void;
  /** All scores of a channel, in both shapes that the original has. */
  scores(channel: string, values: readonly Score[]): void;
}

/** Metric lines of one host of an algorithm. */
export function metricLines(log: Log, { algorithm, host }: { algorithm: string; host: string }): MetricLines {
  const quality = (text: string): void => log.line(`#quality_metric: host=${host}, ${text}`);
  return {
    metrics(span, dimensions, values) {
      const line = pythonJson({
        StartTime: new PythonFloat(span.startedAtMs / 1000),
        EndTime: new PythonFloat(span.endedAtMs / 1000),
        Dimensions: { Algorithm: algorithm, Host: host, Operation: 'training', ...dimensions },
        Metrics: Object.fromEntries(
          Object.entries(values).map(([name, { sum, count, min, max }]) => [name, { sum, count, min, max }]),
        ),
      });
      log.raw(`#metrics ${line}`);
    },
    quality,
    scores(channel, values) {
      for (const { name, value } of values)
        log.line(`#${channel}_score (${host}) : ('${name}', ${pythonFloat(value)})`);
      for (const { name, kind, value } of values) quality(`${channel} ${name} <${kind}>=${pythonFloat(value)}`);
    },
  };
}

export const float = (value: number): PythonFloat => new PythonFloat(value);

export const single = (value: number): Summary => ({
  sum: float(value),
  count: 1,
  min: float(value),
  max: float(value),
});

/** A count: the original adds up floats of whole numbers. */
export const whole = (value: number): Summary => ({ sum: float(value), count: 1, min: value, max: value });

export const summary = (values: readonly number[]): Summary => ({
  sum: float(values.reduce((sum, value) => sum + value, 0)),
  count: values.length,
  min: float(Math.min(...values)),
  max: float(Math.max(...values)),
});
