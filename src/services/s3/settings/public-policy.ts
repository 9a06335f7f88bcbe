/** A statement as it is written. */
export interface StatementDocument {
  Effect?: string;
  Principal?: unknown;
  NotPrincipal?: unknown;
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
}

export const listOf = (value: string | string[] | undefined): readonly string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** The statements of a policy that can be read. */
export function statementsOf(text: string): StatementDocument[] {
  const { Statement } = JSON.parse(text) as { Statement: StatementDocument | StatementDocument[] };
  return Array.isArray(Statement) ? Statement : [Statement];
}

/**
 * Whether a policy lets in people whom nobody named, by S3's meaning of public
 * (docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html): it allows everybody something, and no
 * condition narrows that to fixed values of a key that says who asks.
 */
export const isPublic = (text: string): boolean =>
  statementsOf(text).some(
    (statement) => statement.Effect === 'Allow' && isForEverybody(statement) && !isNarrowed(statement),
  );

const isForEverybody = ({ Principal, NotPrincipal }: StatementDocument): boolean => {
  if (NotPrincipal !== undefined) return true;
  if (typeof Principal === 'string') return Principal === '*';
  return listOf((Principal as { AWS?: string | string[] } | undefined)?.AWS).includes('*');
};

/** Keys that say who asks. */
const narrowing = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceip',
  'aws:sourceowner',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:userid',
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
]);
const narrowingOperators = /^(stringequals|stringlike|arnequals|arnlike|ipaddress|stringequalsignorecase)$/i;

const isNarrowed = ({ Condition = {} }: StatementDocument): boolean =>
  Object.entries(Condition).some(
    ([operator, keys]) =>
      narrowingOperators.test(operator) &&
      Object.entries(keys).some(
        ([key, values]) =>
          narrowing.has(key.toLowerCase()) && listOf(values).every((value) => isFixed(key.toLowerCase(), value)),
      ),
  );

/** Whether a value of a condition names some, and not all. */
function isFixed(key: string, value: string): boolean {
  if (key !== 'aws:sourceip') return !/[*?]|\$\{/.test(value);
  // Amazon's line: a network wider than /8, or /32 of IPv6, is everybody.
  const bits = /\/(\d+)$/.exec(value)?.[1];
  return bits === undefined || Number(bits) >= (value.includes(':') ? 32 : 8);
}
