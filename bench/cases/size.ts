import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { BenchCase } from '../framework/case.ts';
import { benchRoot } from '../framework/places.ts';

interface Module {
  fileName: string;
  code: string;
  /** Names of modules that are loaded with it. */
  imports: readonly string[];
}

/** kB of the modules as a page's bundler writes them and its server sends them. */
const kilobytes = (modules: readonly Module[]): number =>
  modules.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0) / 1000;

const size: BenchCase = {
  id: 'size',
  title: 'The library in a page',
  async run() {
    const tool = (await import(new URL('../tools/library.mjs', `file://${benchRoot}/`).href)) as {
      libraryModules(options: { minify: boolean }): Promise<readonly Module[]>;
    };
    const modules = await tool.libraryModules({ minify: true });
    const withImports = (...names: string[]): readonly Module[] => {
      const found = new Set(modules.filter(({ fileName }) => names.some((name) => fileName.startsWith(name))));
      // A set that grows while it is gone through: what is loaded with a module has modules of its own.
      for (const { imports } of found) for (const each of modules) if (imports.includes(each.fileName)) found.add(each);
      return [...found];
    };
    const figures = Object.fromEntries(
      modules.map((each) => [`${each.fileName.replace(/-[\w-]{8}\.js$|\.js$/, '')} kB`, kilobytes([each])]),
    );
    return {
      rows: [
        {
          what: 'minified and gzipped, to predict and explain',
          label: 'size to predict',
          value: kilobytes(withImports('linnet')),
          unit: 'kB',
          target: { atMost: 60 },
          figures,
        },
        {
          what: 'the same, with what a fit of arrays loads',
          label: 'size to train',
          value: kilobytes(withImports('linnet', 'train-model')),
          unit: 'kB',
          target: { atMost: 60 },
          figures: {},
          note: 'every loss, solver, kernel and statistic of a training job is in it; CSV text and archives load their readers on first use',
        },
      ],
    };
  },
};

interface ConsoleModule {
  fileName: string;
  contents: Uint8Array;
  imports: readonly string[];
  /** Of the module that a page begins with. */
  entryPoint?: string;
}

const consoleSize: BenchCase = {
  id: 'console-size',
  title: 'The console in a browser',
  async run() {
    const tool = (await import(new URL('../tools/console.mjs', `file://${benchRoot}/`).href)) as {
      consoleModules(): Promise<{ modules: readonly ConsoleModule[] }>;
    };
    const { modules } = await tool.consoleModules();
    const byName = new Map(modules.map((each) => [each.fileName, each]));
    const withImports = (first: ConsoleModule): Set<ConsoleModule> => {
      const found = new Set([first]);
      // A set that grows while it is gone through: what is loaded with a module has modules of its own.
      for (const { imports } of found) for (const name of imports) if (byName.has(name)) found.add(byName.get(name)!);
      return found;
    };
    const weigh = (parts: Iterable<ConsoleModule>): number =>
      [...parts].reduce((sum, { contents }) => sum + brotliCompressSync(contents).length, 0) / 1000;
    const main = modules.find(({ entryPoint }) => entryPoint === 'console/main.tsx')!;
    const example = modules.find(({ entryPoint }) => entryPoint?.endsWith('example-panel.tsx'))!;
    const first = new Set([...withImports(main), ...withImports(example)]);
    const pages = modules.filter((each) => each.entryPoint?.startsWith('console/pages/') && !first.has(each));
    const figures = Object.fromEntries(
      pages.map((page) => {
        const name = page.entryPoint!.replace(/^.*\/|\.tsx$/g, '');
        return [`${name} kB`, weigh([...withImports(page)].filter((each) => !first.has(each)))];
      }),
    );
    return {
      rows: [
        {
          what: 'scripts and styles of sign-in and Home, by Brotli',
          label: 'first load',
          value: weigh(first),
          unit: 'kB',
          target: { atMost: 500 },
          figures: {},
        },
        {
          what: 'the heaviest further page, by Brotli',
          label: 'further page',
          value: Math.max(...Object.values(figures)),
          unit: 'kB',
          target: { atMost: 250 },
          figures,
        },
      ],
    };
  },
};

export const sizeCases: readonly BenchCase[] = [size, consoleSize];
