import { Autocomplete } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, type Ref, useState } from 'react';
import { useLocation } from 'wouter';
import { call } from '../api/call.ts';
import { Glass } from '../parts/icons.tsx';
import { pathOf } from '../parts/link.tsx';
import { nouns } from './pages.ts';

interface Found {
  group: string;
  items: { value: string; label: string }[];
}

const perKind = 5;

/** What has the words in its name, by kind; the value of each is its address. */
async function find(text: string, signal: AbortSignal): Promise<Found[]> {
  const list = async (
    operation: string,
    member: string,
    name: string,
    kind: readonly string[],
  ): Promise<Found['items']> => {
    const input = { NameContains: text, MaxResults: perKind };
    const output = await call<Record<string, Record<string, string>[]>>('sagemaker', operation, input, signal);
    return (output[member] ?? []).map((each) => ({ value: pathOf(...kind, each[name]!), label: each[name]! }));
  };
  const groups = await Promise.all([
    list('ListTrainingJobs', 'TrainingJobSummaries', 'TrainingJobName', ['jobs', 'training']),
    list('ListEndpoints', 'Endpoints', 'EndpointName', ['endpoints']),
    list('ListModels', 'Models', 'ModelName', ['models']),
  ]);
  return ['Jobs', 'Endpoints', 'Models'].map((group, place) => ({ group, items: groups[place]! }));
}

/** A field that leads to pages, jobs, endpoints and models by their names. */
export function ResourceSearch({ ref }: { ref: Ref<HTMLInputElement> }): ReactElement {
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 200);
  const [, go] = useLocation();
  const isName = /^[A-Za-z0-9-]{1,63}$/.test(asked);
  const { data = [] } = useQuery({
    queryKey: ['search', asked],
    queryFn: ({ signal }) => find(asked, signal),
    enabled: isName,
  });
  const pages = nouns
    .filter(({ title }) => title.toLowerCase().includes(text.trim().toLowerCase()))
    .map(({ href, title }) => ({ value: href, label: title }));
  const groups = text.trim() === '' ? [] : [{ group: 'Pages', items: pages }, ...(isName ? data : [])];
  return (
    <Autocomplete
      ref={ref}
      flex="1 1 8rem"
      maw={420}
      aria-label="Search"
      placeholder="Search (press /)"
      leftSection={<Glass size={16} aria-hidden="true" />}
      value={text}
      onChange={(value) => setText(value.startsWith('/') ? '' : value)}
      onOptionSubmit={(href) => {
        setText('');
        go(href);
      }}
      data={groups.filter(({ items }) => items.length > 0)}
      filter={({ options }) => options}
      limit={20}
    />
  );
}
