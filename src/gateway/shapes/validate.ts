import type { Member, Shape } from '../model/service-model.ts';

/** One broken constraint. */
export interface Violation {
  /** The root member it is in. */
  member: Member;
  /** In AWS's words: Value '...' at '...' failed to satisfy constraint: ... */
  text: string;
  value: unknown;
}

/** The most violations that a message lists. */
const violationsMax = 100;
const valueCharactersMax = 1024;
/** A pattern is not tried on text that is too long for the shape and longer than this: matching could take long. */
const patternCharactersMax = 1024;

export interface ValidateOptions {
  /** SageMaker prints its patterns with a leading ^, which its model leaves out. */
  anchorPatterns: boolean;
  /** Takes texts that no store keeps, with NUL or half a surrogate pair; S3 has refusals of its own for its keys. */
  anyText?: boolean;
}

/** All broken constraints of an operation's input, in the model's order: length before pattern before the values inside. */
export function validate(shape: Shape, input: Record<string, unknown>, options: ValidateOptions): Violation[] {
  const violations: Violation[] = [];
  for (const member of shape.members) {
    // Most members of most inputs are absent, so their path is not built.
    if (input[member.name] === undefined && !member.required) continue;
    const report = (text: string, value: unknown): void => {
      if (violations.length < violationsMax) violations.push({ member, text, value });
    };
    validateMember(member, input[member.name], lower(member.name), { report, ...options });
  }
  return violations;
}

/** AWS's message for a list of violations. */
export function violationsMessage(violations: readonly Violation[]): string {
  const { length } = violations;
  return `${length} validation error${length === 1 ? '' : 's'} detected: ${violations.map(({ text }) => text).join('; ')}`;
}

interface Walk extends ValidateOptions {
  report(text: string, value: unknown): void;
}

function validateMember(member: Member, value: unknown, path: string, walk: Walk): void {
  if (value === undefined) {
    // Attributes are not read: the elements beside them carry the same information.
    if (member.required && !member.xmlAttribute)
      walk.report(`Value null at '${path}' failed to satisfy constraint: Member must not be null`, undefined);
    return;
  }
  validateValue(member.shape, value, path, walk);
}

function validateValue(shape: Shape, value: unknown, path: string, walk: Walk): void {
  for (const constraint of brokenConstraints(shape, value, walk)) {
    walk.report(`Value${printed(shape, value)} at '${path}' failed to satisfy constraint: ${constraint}`, value);
  }
  // A value with too many entries is refused already; checking each could take long.
  if (shape.max !== undefined && (sizeOf(shape, value) ?? 0) > shape.max) return;
  if (shape.type === 'structure') {
    const source = value as Record<string, unknown>;
    for (const member of shape.members) {
      const inner = source[member.name];
      if (inner !== undefined || member.required) validateMember(member, inner, `${path}.${lower(member.name)}`, walk);
    }
  } else if (shape.type === 'list') {
    const item = shape.item!.shape;
    (value as readonly unknown[]).forEach((entry, index) => {
      const place = `${path}.${index + 1}.member`;
      if (entry === undefined)
        walk.report(`Value null at '${place}' failed to satisfy constraint: Member must not be null`, undefined);
      else validateValue(item, entry, place, walk);
    });
  } else if (shape.type === 'map') {
    const { shape: key } = shape.key!;
    const { shape: item } = shape.item!;
    for (const [name, entry] of Object.entries(value as Record<string, unknown>)) {
      const broken = brokenConstraints(key, name, walk);
      if (broken.length > 0)
        walk.report(
          `Value '${cut(name)}' at '${path}' failed to satisfy constraint: Map keys must satisfy constraint: [${broken.join(', ')}]`,
          name,
        );
      validateValue(item, entry, `${path}.${name}.member`, walk);
    }
  }
}

const none: readonly string[] = [];

/** The constraints that the value itself breaks, not its members. */
function brokenConstraints(
  shape: Shape,
  value: unknown,
  { anchorPatterns, anyText = false }: ValidateOptions,
): readonly string[] {
  const { min, max, enumeration, pattern } = shape;
  const unkept = anyText || typeof value !== 'string' ? undefined : unkeptIn(value);
  if (min === undefined && max === undefined && enumeration === undefined && pattern === undefined)
    return unkept === undefined ? none : [unkept];
  const broken: string[] = unkept === undefined ? [] : [unkept];
  const size = sizeOf(shape, value);
  if (size !== undefined) {
    const what = typeof value === 'number' ? 'value' : 'length';
    if (max !== undefined && size > max) broken.push(`Member must have ${what} less than or equal to ${max}`);
    if (min !== undefined && size < min) broken.push(`Member must have ${what} greater than or equal to ${min}`);
  }
  if (typeof value !== 'string') return broken;
  if (
    pattern !== undefined &&
    (value.length <= patternCharactersMax || value.length <= (max ?? 0)) &&
    !shape.matcher().test(value)
  ) {
    const anchor = anchorPatterns && !pattern.startsWith('^') ? '^' : '';
    broken.push(`Member must satisfy regular expression pattern: ${anchor}${pattern}`);
  }
  if (enumeration !== undefined && !enumeration.includes(value))
    broken.push(`Member must satisfy enum value set: [${enumeration.join(', ')}]`);
  return broken;
}

/** Amazon's patterns let some through where the model has none, or one of "any character". */
function unkeptIn(text: string): string | undefined {
  if (text.includes('\0')) return 'Member must not have the character NUL';
  return /\p{Surrogate}/u.test(text) ? 'Member must not have half a surrogate pair, which is no character' : undefined;
}

function sizeOf(shape: Shape, value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  if (Buffer.isBuffer(value)) return value.length;
  return shape.type === 'map' ? Object.keys(value as object).length : undefined;
}

/** ` 'value'` as Java prints it, or nothing where it must not or cannot be shown. */
function printed(shape: Shape, value: unknown): string {
  if (shape.sensitive || shape.type === 'blob') return '';
  return ` '${cut(print(value))}'`;
}

function print(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  // The message is cut anyway, so the first entries are enough.
  if (Array.isArray(value))
    return `[${value
      .slice(0, valueCharactersMax)
      .map((entry) => print(entry))
      .join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .slice(0, valueCharactersMax)
      .map(([key, entry]) => `${key}=${print(entry)}`)
      .join(', ')}}`;
  }
  return cut(String(value));
}

const cut = (text: string): string =>
  text.length <= valueCharactersMax ? text : `${text.slice(0, valueCharactersMax)}...`;

const lower = (name: string): string => `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
