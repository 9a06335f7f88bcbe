import type { LogLine } from '../../api/logs.ts';
import type { Series } from '../../parts/charts/line-chart.tsx';

export interface Definition {
  Name?: string | undefined;
  Regex?: string | undefined;
}

/** A metric with a line for each channel in which it was measured. */
export interface Curves {
  metric: string;
  series: Series[];
}

/** The values that the metric definitions of a job find in its log, in the order in which they were written. */
export function curvesOf(lines: readonly LogLine[], definitions: readonly Definition[]): Curves[] {
  const curves = new Map<string, Series[]>();
  for (const { Name = '', Regex = '' } of definitions) {
    const pattern = compile(Regex);
    if (pattern === undefined) continue;
    const points: [number, number][] = [];
    for (const { message } of lines) {
      const value = Number(pattern.exec(message)?.[1] ?? Number.NaN);
      if (!Number.isNaN(value)) points.push([points.length + 1, value]);
    }
    if (points.length < 2) continue;
    const colon = Name.indexOf(':');
    const metric = Name.slice(colon + 1);
    const series = { name: colon < 0 ? Name : Name.slice(0, colon), points };
    curves.set(metric, [...(curves.get(metric) ?? []), series]);
  }
  return [...curves].map(([metric, series]) => ({ metric, series }));
}

/** Definitions are written for Python; what JavaScript cannot read is left out. */
function compile(text: string): RegExp | undefined {
  if (text === '') return undefined;
  try {
    return new RegExp(text);
  } catch {
    return undefined;
  }
}
