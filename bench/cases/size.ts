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
    const [door] = modules.filter(({ fileName }) => fileName === 'linnet.js');
    const first = modules.filter((each) => each === door || door?.imports.includes(each.fileName));
    const figures = Object.fromEntries(
      modules.map((each) => [`${each.fileName.replace(/-.*|\.js/, '')} kB`, kilobytes([each])]),
    );
    return {
      rows: [
        {
          what: 'minified and gzipped, to load, predict, explain and save',
          label: 'size to predict',
          value: kilobytes(first),
          unit: 'kB',
          target: { atMost: 60 },
          figures,
        },
        {
          what: 'the same, with what the first fit loads',
          label: 'size to train',
          value: kilobytes(modules),
          unit: 'kB',
          target: { atMost: 60 },
          figures: {},
          note: 'every loss, solver, kernel and statistic of a training job is in it',
        },
      ],
    };
  },
};

export const sizeCases: readonly BenchCase[] = [size];
