import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import type { OwnPage } from '../../gateway/index.ts';

export interface ConsolePagesOptions {
  /** What tools/console.mjs made: index.html, and the modules and styles in assets/, each packed by Brotli. */
  folder: string;
  newNonce(): string;
}

const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Assets have their hash in their name. */
const forEver = 'public, max-age=31536000, immutable';

const always = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };

/** The pages of the console below `/_linnet/console/`. All of them are one document, whose scripts read the address. */
export function consolePages({ folder, newNonce }: ConsolePagesOptions) {
  let built: Promise<{ html: string; assets: ReadonlyMap<string, Buffer> }> | undefined;
  return async (name: string, headers: Readonly<Record<string, string>>): Promise<OwnPage> => {
    if (name === '') return { ...plain(308, ''), headers: { location: '/_linnet/console/', ...always } };
    built ??= readBuilt(folder);
    const { html, assets } = await built;
    const asset = /^\/assets\/(.+)$/.exec(name)?.[1];
    if (asset === undefined) return documentOf(html, newNonce());
    const packed = assets.get(`${asset}.br`);
    if (packed === undefined)
      return plain(404, 'The console has no such file; it may be of another version: reload the page');
    const takesBrotli = /(^|,)\s*br\b(?!\s*;\s*q=0)/.test(headers['accept-encoding'] ?? '');
    return {
      status: 200,
      contentType: types[asset.slice(asset.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
      text: takesBrotli ? packed : brotliDecompressSync(packed),
      headers: {
        'cache-control': forEver,
        vary: 'Accept-Encoding',
        ...(takesBrotli ? { 'content-encoding': 'br' } : {}),
        ...always,
      },
    };
  };
}

async function readBuilt(folder: string): Promise<{ html: string; assets: ReadonlyMap<string, Buffer> }> {
  const names = await readdir(join(folder, 'assets'));
  const files = await Promise.all(
    names.map(async (name) => [name, await readFile(join(folder, 'assets', name))] as const),
  );
  return { html: await readFile(join(folder, 'index.html'), 'utf8'), assets: new Map(files) };
}

/** Scripts and styles come from this server alone; styles that the components write at run time carry the nonce. */
const documentOf = (html: string, nonce: string): OwnPage => ({
  status: 200,
  contentType: 'text/html; charset=utf-8',
  text: html.replaceAll('{nonce}', nonce),
  headers: {
    'content-security-policy': [
      "default-src 'none'",
      // The readers of tables are WebAssembly, which this lets compile; it allows no text to become script.
      "script-src 'self' 'wasm-unsafe-eval'",
      `style-src 'self' 'nonce-${nonce}'`,
      "img-src 'self' data:",
      "connect-src 'self'",
      "frame-src 'self'",
      "form-action 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    ...always,
  },
});

const plain = (status: number, text: string): OwnPage => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  text: `${text}\n`,
});
