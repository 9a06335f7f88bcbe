/** JSON as Python's `json.dumps` prints it, which is what the clients and log readers of the original have seen. */

/**
 * Python's repr of a float: the shortest digits that give the same double, always with a point or an exponent,
 * which begins below 1e-4 and from 1e16 on.
 */
export function pythonFloat(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16) return Number.isInteger(value) ? `${value}.0` : String(value);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value < 0 ? '-Infinity' : 'Infinity';
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${digits}e${exponent.slice(0, 1)}${exponent.slice(1).padStart(2, '0')}`;
}

/** A number that Python holds as a float and prints with a point. */
export class PythonFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export type PythonValue =
  | null
  | boolean
  | number
  | string
  | PythonFloat
  | readonly PythonValue[]
  | { readonly [key: string]: PythonValue };

/** `json.dumps(value)`: a space behind every comma and colon, non-ASCII escaped. */
export function pythonJson(value: PythonValue): string {
  if (value instanceof PythonFloat) return pythonFloat(value.value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : pythonFloat(value);
  if (typeof value === 'string') return pythonString(value);
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  const entries = Object.entries(value).map(([key, entry]) => `${pythonString(key)}: ${pythonJson(entry)}`);
  return `{${entries.join(', ')}}`;
}

const pythonString = (text: string): string =>
  JSON.stringify(text).replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: everything outside printable ASCII is meant.
    /[^\x00-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
