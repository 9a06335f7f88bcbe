/** The hyperparameters that a search varies, and how their values lie on the unit interval. */
export type Space = readonly Parameter[];

export type Parameter =
  | { name: string; kind: 'continuous' | 'integer'; min: number; max: number; scale: Scale }
  | { name: string; kind: 'categorical'; values: readonly string[] };

export type Scale = 'linear' | 'logarithmic' | 'reverse-logarithmic';

/** One text for each hyperparameter, as a training program is given it. */
export type Values = Readonly<Record<string, string>>;

/** A coordinate from 0 to 1 for each parameter, in the order of the space. Of a category it is the middle of its part. */
export type Place = Float64Array;

/** The values at a place. */
export const valuesAt = (space: Space, place: Place): Values =>
  Object.fromEntries(space.map((parameter, at) => [parameter.name, textAt(parameter, place[at] ?? 0)]));

function textAt(parameter: Parameter, coordinate: number): string {
  if (parameter.kind === 'categorical') {
    const { values } = parameter;
    return values[Math.min(values.length - 1, Math.max(0, Math.floor(coordinate * values.length)))] ?? '';
  }
  const { kind, min, max, scale } = parameter;
  if (kind === 'continuous') {
    const value = unscaled(scale, scaled(scale, min) + coordinate * (scaled(scale, max) - scaled(scale, min)));
    // Twelve digits are more than any training sees, and short enough to read.
    return String(Math.min(max, Math.max(min, Number(value.toPrecision(12)))));
  }
  // Each whole number has the part of the scale from half below it to half above it.
  const [from, to] = integerEnds(parameter);
  return String(Math.min(max, Math.max(min, Math.round(unscaled(scale, from + coordinate * (to - from))))));
}

/** The place of values; undefined where one is missing, is no number or no category of the space. May lie outside of 0 to 1. */
export function placeOf(space: Space, values: Values): Place | undefined {
  const place = new Float64Array(space.length);
  for (const [at, parameter] of space.entries()) {
    const text = values[parameter.name];
    const coordinate = text === undefined ? undefined : coordinateOf(parameter, text);
    if (coordinate === undefined) return undefined;
    place[at] = coordinate;
  }
  return place;
}

function coordinateOf(parameter: Parameter, text: string): number | undefined {
  if (parameter.kind === 'categorical') {
    const index = parameter.values.indexOf(text);
    return index === -1 ? undefined : (index + 0.5) / parameter.values.length;
  }
  const { kind, min, max, scale } = parameter;
  const value = Number(text);
  const [from, to] = kind === 'integer' ? integerEnds(parameter) : [scaled(scale, min), scaled(scale, max)];
  const at = scaled(scale, value);
  if (text.trim() === '' || !Number.isFinite(at)) return undefined;
  return to === from ? 0.5 : (at - from) / (to - from);
}

function integerEnds({ min, max, scale }: { min: number; max: number; scale: Scale }): [from: number, to: number] {
  return [scaled(scale, min - 0.5), scaled(scale, max + 0.5)];
}

/** Moves a place to that of the values it stands for: whole numbers and categories have one place each. */
export const snapped = (space: Space, place: Place): Place =>
  place.map((coordinate, at) => {
    const parameter = space[at];
    // A continuous value is where it is, but for digits that no training sees.
    if (parameter === undefined || parameter.kind === 'continuous') return coordinate;
    return coordinateOf(parameter, textAt(parameter, coordinate)) ?? coordinate;
  });

/** How many different values there are; infinite with a continuous parameter. */
export const combinationCount = (space: Space): number =>
  space.reduce((product, parameter) => product * levelsOf(parameter), 1);

function levelsOf(parameter: Parameter): number {
  if (parameter.kind === 'categorical') return new Set(parameter.values).size;
  if (parameter.min === parameter.max) return 1;
  return parameter.kind === 'integer' ? parameter.max - parameter.min + 1 : Number.POSITIVE_INFINITY;
}

/**
 * The scale of a range whose request leaves the choice to the service: by magnitudes where the ends are three or more
 * orders of magnitude apart, else by differences.
 */
export const autoScale = (min: number, max: number): Scale => (min > 0 && max / min >= 1000 ? 'logarithmic' : 'linear');

const scaled = (scale: Scale, value: number): number => {
  if (scale === 'logarithmic') return Math.log(value);
  return scale === 'reverse-logarithmic' ? -Math.log1p(-value) : value;
};
const unscaled = (scale: Scale, value: number): number => {
  if (scale === 'logarithmic') return Math.exp(value);
  return scale === 'reverse-logarithmic' ? -Math.expm1(-value) : value;
};
