import { gzipSync } from 'node:zlib';
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

export const sizeCases: readonly BenchCase[] = [size];
