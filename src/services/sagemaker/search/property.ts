import type { Shape } from '../../../gateway/index.ts';

/** What a property of a document holds: decides how it is compared. `any`: a structure, or a value that is text or number. */
export type PropertyType = 'text' | 'number' | 'boolean' | 'time' | 'any';

/** A property by its name, such as `ResourceConfig.InstanceType`, `HyperParameters.eta` or `Tags.team`. */
export interface Property {
  type: PropertyType;
  /** Whether its values are texts that users chose, which compare as numbers where they are numbers. */
  free: boolean;
  /** All values in a document: several where the way goes through lists. */
  valuesIn(document: object): unknown[];
}

type Step = (value: unknown) => unknown[];

/**
 * The property of a name, in documents of a shape; undefined where the shape has none. Members are found in any case, as the
 * SDKs write `parameters.x`. A key of a map, a tag and a metric may have dots.
 */
export function propertyOf(shape: Shape, name: string): Property | undefined {
  const found = walk(shape, name, false);
  if (found === undefined) return undefined;
  const { steps, type, free } = found;
  return {
    type,
    free,
    valuesIn: (document) =>
      steps
        .reduce<unknown[]>((values, step) => values.flatMap(step), [document])
        .filter((value) => value !== undefined),
  };
}

interface Found {
  steps: Step[];
  type: PropertyType;
  free: boolean;
}

function walk(shape: Shape, name: string, free: boolean): Found | undefined {
  switch (shape.type) {
    case 'structure':
      return name === '' ? ofParameter(shape) : walkMember(shape, name, free);
    case 'list':
      return prefixed(shape.item && walk(shape.item.shape, name, free), items);
    case 'map':
      return name === '' ? { steps: [], type: 'any', free } : walkKey(shape, name);
    default:
      return name === '' ? { steps: [], type: typeOf(shape), free } : undefined;
  }
}

function walkMember(shape: Shape, name: string, free: boolean): Found | undefined {
  const [head, rest] = cut(name, name.indexOf('.'));
  const metric = rest === '' ? undefined : ofMetric(shape, head, rest);
  if (metric !== undefined) return metric;
  const member = shape.members.find((one) => one.name.toLowerCase() === head.toLowerCase());
  if (member === undefined) return undefined;
  const step = memberStep(member.name);
  if (member.name === 'Tags' && rest !== '')
    return { steps: [step, items, keyed('Key', rest), memberStep('Value')], type: 'text', free: true };
  return prefixed(walk(member.shape, rest, free), step);
}

/** `Metrics.NAME` of a training job is a final metric; `Metrics.NAME.Max` of a trial component one of its statistics. */
function ofMetric(shape: Shape, head: string, rest: string): Found | undefined {
  if (head.toLowerCase() !== 'metrics') return undefined;
  if (shape.members.some(({ name }) => name === 'FinalMetricDataList'))
    return number(memberStep('FinalMetricDataList'), items, keyed('MetricName', rest), memberStep('Value'));
  const statistics = shape.members.find(({ name }) => name === 'Metrics')?.shape.item?.shape;
  if (statistics === undefined) return undefined;
  const [name, last] = cut(rest, rest.lastIndexOf('.'));
  const statistic = statistics.members.find((one) => one.name.toLowerCase() === last.toLowerCase());
  if (statistic === undefined) return undefined;
  return number(memberStep('Metrics'), items, keyed('MetricName', name), memberStep(statistic.name));
}

const number = (...steps: Step[]): Found => ({ steps, type: 'number', free: false });

function walkKey(shape: Shape, name: string): Found | undefined {
  const value = shape.item?.shape;
  if (value === undefined) return undefined;
  if (value.type === 'structure') {
    const [key, last] = cut(name, name.lastIndexOf('.'));
    const inside = last === '' ? undefined : walk(value, last, true);
    if (inside !== undefined) return prefixed(inside, memberStep(key));
  }
  return prefixed(walk(value, '', true), memberStep(name));
}

/** The value of a parameter is a structure of one text or one number; another structure has no value of its own. */
function ofParameter(shape: Shape): Found {
  const names = shape.members.map(({ name }) => name);
  if (!names.includes('NumberValue')) return { steps: [], type: 'any', free: false };
  const value: Step = (one) => {
    const { NumberValue, StringValue } = one as { NumberValue?: number; StringValue?: string };
    return [NumberValue ?? StringValue];
  };
  return { steps: [value], type: 'any', free: true };
}

const prefixed = (found: Found | undefined, step: Step): Found | undefined =>
  found && { ...found, steps: [step, ...found.steps] };

const items: Step = (value) => (Array.isArray(value) ? value : []);

const memberStep =
  (name: string): Step =>
  (value) =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, name)
      ? [(value as Record<string, unknown>)[name]]
      : [];

const keyed =
  (member: string, key: string): Step =>
  (value) =>
    (value as Record<string, unknown>)[member] === key ? [value] : [];

function typeOf(shape: Shape): PropertyType {
  if (shape.type === 'timestamp') return 'time';
  if (shape.type === 'boolean') return 'boolean';
  return shape.type === 'string' || shape.type === 'blob' ? 'text' : 'number';
}

const cut = (text: string, at: number): [string, string] =>
  at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
