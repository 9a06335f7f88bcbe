/** `linnet serve`: one model behind /invocations and /ping, as in its container, without a server of Linnet. */
import { openModel, serveModel } from '../../modelling/index.ts';
import type { Preparation } from '../../tables/index.ts';
import { quoted } from '../environment.ts';
import { stopSignal } from '../terminal/signals.ts';
import { terminalWidth, wrapLine } from '../terminal/wrapped.ts';

export interface ServeFlags {
  port?: number;
  json?: boolean;
}

export const servePortDefault = 8080;

/** Serves until a signal; answers the exit code. */
export async function serve({ port = servePortDefault, json = false }: ServeFlags, modelFile: string): Promise<number> {
  const model = await openModel(modelFile);
  const served = await serveModel(model, {
    port,
    environment: process.env,
    onLine: (line) => process.stderr.write(`${line}\n`),
  });
  let isAsked = false;
  void stopSignal().then(() => {
    isAsked = true;
    served.stop();
  });
  const { address } = served;
  if (json) process.stdout.write(`${JSON.stringify({ address, pid: process.pid })}\n`);
  else {
    const width = Math.min(terminalWidth(), 100);
    const takes =
      model.preparation === undefined
        ? `POST /invocations takes ${model.featureCount} numbers a row, as CSV, JSON or JSON Lines.`
        : 'POST /invocations takes raw rows by the names of columns, as CSV, JSON or JSON Lines.';
    process.stdout.write(
      `${wrapLine(`${modelFile}: ${model.text}, answers at ${address}`, width, 0)}\n${wrapLine(`${takes} GET /ping says that it is there. Ctrl-C stops it.`, width, 0)}\n\nTry: ${trial(address, model)}\n`,
    );
  }
  const code = await served.ended;
  return isAsked ? 0 : code || 1;
}

/** A request that works, to copy. */
function trial(
  address: string,
  { preparation, featureCount }: { preparation?: Preparation | undefined; featureCount: number },
): string {
  const [type, body] =
    preparation === undefined
      ? ['text/csv', Array.from({ length: featureCount }, () => '0').join(',')]
      : [
          'application/json',
          JSON.stringify(
            Object.fromEntries(preparation.columns.map(({ column, ...plan }) => [column, exampleOf(plan)])),
          ),
        ];
  return `curl -H 'Content-Type: ${type}' -d ${quoted(body)} ${address}/invocations`;
}

type Plan = Preparation['columns'][number] extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'column'>
    : never
  : never;

/** A value that the column may well have. */
function exampleOf(plan: Plan): string | number {
  switch (plan.as) {
    case 'number':
      return plan.sign === 'comma' ? '1' : Number((plan.fill ?? 1).toPrecision(3));
    case 'category':
      return plan.levels[0] ?? plan.reference ?? '';
    case 'ordinal':
      return plan.levels[plan.levels.length >> 1] ?? '';
    case 'date':
      return { 'year first': '2026-11-30', 'day first': '30.11.2026', 'month first': '11/30/2026' }[plan.style];
    default:
      return 'some words';
  }
}
