import { arnGlobOf, globMatches, globOf, matcherOf } from './glob.ts';

/** What a condition key has in a request, by its name in lower case. */
export type Values = (key: string) => string | readonly string[] | undefined;

/** A text of a policy that a text of a request is held against. */
export interface Pattern {
  matches(text: string, values: Values): boolean;
  /** The variables in it, in lower case. */
  variables: readonly string[];
}

interface Variable {
  key: string;
  fallback: string | undefined;
}

export interface TemplateOptions {
  /** Whether `*` and `?` stand for other texts. */
  wild: boolean;
  /** Whether `${...}` is a variable: not in policies of 2008. */
  variables: boolean;
}

/** A text with its variables: the pattern that it is for a request; undefined where a variable has no value there. */
export interface Template {
  fill(values: Values): string | undefined;
  variables: readonly string[];
}

/**
 * Reads `${key}`, `${key, 'default'}`, and `${*}`, `${?}`, `${$}` for the letters themselves. Anything else between the
 * braces stays as it is written.
 */
export function templateOf(text: string, { wild, variables }: TemplateOptions): Template {
  const glob = wild ? globOf : (plain: string): string => plain;
  if (!variables || !text.includes('${')) {
    const whole = glob(text);
    return { fill: () => whole, variables: [] };
  }
  const pieces: (string | Variable)[] = [];
  let from = 0;
  for (const found of text.matchAll(/\$\{([^{}]*)\}/g)) {
    pieces.push(glob(text.slice(from, found.index)));
    pieces.push(pieceOf(found[1] ?? '') ?? glob(found[0]));
    from = found.index + found[0].length;
  }
  pieces.push(glob(text.slice(from)));
  return {
    fill: (values) => fill(pieces, values),
    variables: pieces.flatMap((piece) => (typeof piece === 'string' ? [] : [piece.key])),
  };
}

function pieceOf(inner: string): string | Variable | undefined {
  if (inner === '*' || inner === '?' || inner === '$') return inner;
  const [, key, fallback] = /^\s*([\w-]+:[^,]+?)\s*(?:,\s*'([^']*)'\s*)?$/.exec(inner) ?? [];
  return key === undefined ? undefined : { key: key.toLowerCase(), fallback };
}

function fill(pieces: readonly (string | Variable)[], values: Values): string | undefined {
  let filled = '';
  for (const piece of pieces) {
    const text = typeof piece === 'string' ? piece : textOf(piece, values);
    if (text === undefined) return undefined;
    filled += text;
  }
  return filled;
}

/** A key with several values cannot stand in one text. */
function textOf({ key, fallback }: Variable, values: Values): string | undefined {
  const found = values(key);
  return typeof found === 'string' ? found : fallback;
}

/** The pattern of an action, whose case does not matter. */
export function actionPattern(text: string): Pattern {
  return { matches: matcherOf(globOf(text.toLowerCase())), variables: [] };
}

/** The pattern of a resource's ARN, or of `*`. */
export function resourcePattern(text: string, options: Pick<TemplateOptions, 'variables'>): Pattern {
  const template = templateOf(text, { wild: true, ...options });
  const arn = (glob: string): string => (text.startsWith('arn:') ? arnGlobOf(glob) : glob);
  if (template.variables.length === 0) {
    return { matches: matcherOf(arn(template.fill(nothing) ?? '')), variables: [] };
  }
  return {
    matches(resource, values) {
      const glob = template.fill(values);
      return glob !== undefined && globMatches(arn(glob), resource);
    },
    variables: template.variables,
  };
}

const nothing: Values = () => undefined;
