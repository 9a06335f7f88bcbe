import { DataError } from '../../base/index.ts';
import { explainerVariable } from '../../contract/index.ts';
import type { Explanations } from '../../learners/index.ts';
import { type Answer, type Invocation, type Invoke, plainText } from '../serving/answer.ts';
import type { LoadOptions } from '../serving/loaded-model.ts';
import { askedIn } from './asked.ts';
import type { ExplainedModel, Unexplained } from './explained-model.ts';

export interface Explainable {
  folder: string;
  featureCount: number;
  /** `kept` are the explanations in the folder. */
  open(kept: Explanations | undefined): ExplainedModel | Unexplained;
}

/** Explains predictions when asked to. What it takes is loaded with the first question, or with a baseline to be checked. */
export async function withExplanations(
  { folder, featureCount, open }: Explainable,
  { batch, environment }: LoadOptions,
  invoke: Invoke,
): Promise<Invoke> {
  let opened: Promise<Invoke> | undefined;
  const load = async (): Promise<Invoke> => {
    const [{ explainingInvoker }, { explainedColumns, explainerSettings, keptExplanations }] = await Promise.all([
      import('./explaining-invoker.ts'),
      import('./kept-explanations.ts'),
    ]);
    const kept = keptExplanations(folder, featureCount);
    const columns = explainedColumns(folder, featureCount, kept?.columns ?? null);
    const settings = explainerSettings(environment);
    return explainingInvoker({ model: open(kept), columns, settings, batch }, invoke);
  };
  if (environment[explainerVariable]) opened = Promise.resolve(await load());
  return (invocation: Invocation): Answer | Promise<Answer> => {
    if (isPlain(invocation)) return invoke(invocation);
    opened ??= load();
    return opened.then(
      (explaining) => explaining(invocation),
      (error: unknown) => {
        if (error instanceof DataError)
          return plainText(400, `This model's predictions cannot be explained: ${error.message}`);
        throw error;
      },
    );
  };
}

function isPlain(invocation: Invocation): boolean {
  if (invocation.explain === undefined && (invocation.accept === undefined || !/explain/i.test(invocation.accept)))
    return true;
  const asked = askedIn(invocation);
  return 'as' in asked && asked.as === undefined;
}
