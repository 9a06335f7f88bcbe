import { invalidArgument } from '../context.ts';

const pageMax = 1000;

/** How many entries a page may have. Throws InvalidArgument (400). */
export function pageSize(name: string, asked: number | undefined): number {
  if (asked === undefined) return pageMax;
  if (asked >= 0 && asked <= 2_147_483_647) return Math.min(pageMax, asked);
  throw invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, asked);
}

/** The number behind which a page begins. Throws InvalidArgument (400). */
export function numberFrom(name: string, marker: string | number | undefined): number {
  const text = String(marker ?? '');
  if (/^\d{0,10}$/.test(text) && Number(text) <= 2_147_483_647) return Number(text);
  throw invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, text);
}
