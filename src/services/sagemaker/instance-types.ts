import type { MachineLimits } from '../../compute/index.ts';

/** GiB of memory for each processor, by the letters and digits in front of an instance type's size. */
const families: readonly { name: RegExp; gibibytesPerProcessor: number }[] = [
  { name: /^c4$/, gibibytesPerProcessor: 1.875 },
  { name: /^(c5n)$/, gibibytesPerProcessor: 2.625 },
  { name: /^(c\d\w*|inf1)$/, gibibytesPerProcessor: 2 },
  { name: /^(m\d\w*|t\d\w*|g[456]\w*|inf2|trn1n?)$/, gibibytesPerProcessor: 4 },
  { name: /^(r\d\w*)$/, gibibytesPerProcessor: 8 },
  { name: /^p2$/, gibibytesPerProcessor: 15.25 },
  { name: /^p3(dn)?$/, gibibytesPerProcessor: 7.625 },
  { name: /^p4de?$/, gibibytesPerProcessor: 12 },
];

/**
 * Processors and memory of an Amazon instance type such as ml.m5.2xlarge; undefined for one of a family that is not known here.
 * Source: Amazon's tables of instance types; sizes of a family are multiples of its xlarge, with four processors.
 */
export function limitsOf(instanceType: string): MachineLimits | undefined {
  const [, family = '', size = ''] = /^ml\.([a-z\d-]+)\.(\w+)$/.exec(instanceType) ?? [];
  const found = families.find(({ name }) => name.test(family));
  const processors = processorsOf(family, size);
  if (found === undefined || processors === undefined) return undefined;
  // The small ones of the family for bursts have two processors and less memory.
  const gibibytes = family.startsWith('t') && size === 'medium' ? 4 : processors * found.gibibytesPerProcessor;
  return { processors, memoryBytes: gibibytes * 2 ** 30 };
}

function processorsOf(family: string, size: string): number | undefined {
  if (size === 'medium') return family.startsWith('t') ? 2 : 1;
  if (size === 'large') return 2;
  const [, count] = /^(\d*)xlarge$/.exec(size) ?? [];
  return count === undefined ? undefined : 4 * Number(count || 1);
}
