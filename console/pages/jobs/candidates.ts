import type { LogLine } from '../../api/logs.ts';

/** A model that a job trained beside others, and how its objective went, epoch by epoch. */
export interface Candidate {
  number: number;
  points: readonly (readonly [epoch: number, value: number])[];
}

export interface Candidates {
  /** Such as `validation`, where there is such a channel, and else `train`. */
  channel: string;
  candidates: readonly Candidate[];
  /** The one that ends lowest. */
  best: Candidate;
}

interface Metrics {
  Dimensions?: { epoch?: number; model?: number };
  Metrics?: Record<string, { sum: number; count: number }>;
}

const name = /^(validation|train)_(.+_objective)$/;

/** The objective of each candidate of a Linear Learner, from the lines in which its log counts them; undefined where it has one alone. */
export function candidatesOf(lines: readonly LogLine[]): Candidates | undefined {
  const found = new Map<string, Map<number, [number, number][]>>();
  for (const { message } of lines) {
    if (!message.startsWith('#metrics ') || !message.includes('"model"')) continue;
    const { Dimensions: { epoch, model } = {}, Metrics = {} } = readJson(message.slice('#metrics '.length));
    if (epoch === undefined || model === undefined) continue;
    for (const [key, { sum, count }] of Object.entries(Metrics)) {
      const value = sum / count;
      if (!name.test(key) || !Number.isFinite(value)) continue;
      const models = found.get(key) ?? new Map<number, [number, number][]>();
      found.set(key, models.set(model, [...(models.get(model) ?? []), [epoch, value]]));
    }
  }
  const key = [...found.keys()].find((each) => each.startsWith('validation_')) ?? [...found.keys()][0];
  if (key === undefined || found.get(key)!.size < 2) return undefined;
  const [, channel = ''] = name.exec(key)!;
  const candidates = [...found.get(key)!].map(([number, points]) => ({ number, points }));
  candidates.sort((a, b) => a.number - b.number);
  const last = ({ points }: Candidate): number => points.at(-1)![1];
  return { channel, candidates, best: candidates.reduce((a, b) => (last(b) < last(a) ? b : a)) };
}

function readJson(text: string): Metrics {
  try {
    return JSON.parse(text) as Metrics;
  } catch {
    return {};
  }
}
