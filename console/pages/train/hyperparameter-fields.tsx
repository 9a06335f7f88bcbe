import { type Hyperparameter, parseByTable, tables } from 'linnet:hyperparameters';
import { Accordion, Select, SimpleGrid, TextInput } from '@mantine/core';
import type { ReactElement } from 'react';

/** What the algorithm itself would refuse, by name, in its own words. */
export function problemsOf(
  algorithm: keyof typeof tables,
  isKnown: boolean,
  values: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  if (!isKnown) return new Map();
  const { problems } = parseByTable(tables[algorithm], values, algorithm);
  return new Map(problems.map(({ name, message }) => [name, message]));
}

interface FieldsProps {
  known: readonly Hyperparameter[];
  values: Readonly<Record<string, string>>;
  problems: ReadonlyMap<string, string>;
  onChange(name: string, value: string): void;
}

/** Fields made from the algorithm's own description: what must be given first, the rest by who has it. */
export function HyperparameterFields({ known, values, problems, onChange }: FieldsProps): ReactElement {
  const fits = ({ appliesTo }: Hyperparameter): boolean =>
    appliesTo === 'all' || values.predictor_type === undefined || appliesTo.includes(values.predictor_type);
  const isFirst = (entry: Hyperparameter): boolean => entry.default === undefined && !entry.optional;
  const shown = known.filter(fits);
  const unknown = Object.keys(values)
    .filter((name) => !known.some((entry) => entry.name === name))
    .map(
      (name): Hyperparameter => ({
        name,
        kind: 'text',
        appliesTo: 'all',
        origin: 'amazon',
        meaning: 'Of the job that is copied',
      }),
    );
  const groups = [
    {
      id: 'amazon',
      title: "Amazon's hyperparameters",
      of: shown.filter((entry) => entry.origin === 'amazon' && !isFirst(entry)),
    },
    { id: 'linnet', title: "Linnet's own", of: shown.filter(({ origin }) => origin === 'linnet') },
    { id: 'copied', title: 'Others', of: unknown },
  ].filter(({ of }) => of.length > 0);
  const field = (entry: Hyperparameter): ReactElement => (
    <Field
      key={entry.name}
      entry={entry}
      value={values[entry.name] ?? ''}
      problem={problems.get(entry.name)}
      onChange={(value) => onChange(entry.name, value)}
    />
  );
  const given = (of: readonly Hyperparameter[]): number => of.filter(({ name }) => values[name] !== undefined).length;
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2 }} my="md" maw={760}>
        {shown.filter(isFirst).map(field)}
      </SimpleGrid>
      <Accordion
        variant="separated"
        multiple
        order={3}
        maw={960}
        defaultValue={groups.filter(({ of }) => given(of) > 0).map(({ id }) => id)}
      >
        {groups.map(({ id, title, of }) => (
          <Accordion.Item key={id} value={id}>
            <Accordion.Control>
              {title}: {of.length}
              {given(of) > 0 && `, ${given(of)} of them changed`}
            </Accordion.Control>
            <Accordion.Panel>
              <SimpleGrid cols={{ base: 1, sm: 2 }}>{of.map(field)}</SimpleGrid>
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </>
  );
}

function Field(props: {
  entry: Hyperparameter;
  value: string;
  problem: string | undefined;
  onChange(value: string): void;
}): ReactElement {
  const { entry, value, problem, onChange } = props;
  const { name, kind, words = [], meaning } = entry;
  const isRequired = entry.default === undefined && !entry.optional;
  // What is missing shows in the sum below the form; a field that nobody touched does not scold.
  const error = value === '' ? undefined : problem;
  const common = { label: name, description: meaning, required: isRequired, error };
  const choices = kind === 'choice' ? words : kind === 'boolean' ? [...words, 'true', 'false'] : undefined;
  if (choices !== undefined)
    return (
      <Select
        {...common}
        data={[...new Set(choices)]}
        value={value === '' ? null : value}
        placeholder={entry.default ?? 'Choose'}
        clearable={!isRequired}
        onChange={(next) => onChange(next ?? '')}
      />
    );
  return (
    <TextInput
      {...common}
      value={value}
      placeholder={entry.default === undefined || entry.default === '' ? 'left to the algorithm' : entry.default}
      inputMode={kind === 'text' || words.length > 0 ? 'text' : 'decimal'}
      onChange={(event) => onChange(event.currentTarget.value)}
      spellCheck={false}
      autoComplete="off"
    />
  );
}
