import { Button, Group, Select, Stack, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { send } from '../../api/call.ts';
import { Fault } from '../../parts/fault.tsx';
import { TextBlock } from '../../parts/text-block.tsx';
import { duration } from '../../parts/words.ts';

const types = ['text/csv', 'application/json', 'application/jsonlines', 'text/libsvm', 'text/plain'];

/** A request as any client sends it, for models whose columns are not known. */
export function PlainRequest({ name }: { name: string }): ReactElement {
  const [type, setType] = useState(types[0]!);
  const [body, setBody] = useState('');
  const ask = useMutation({
    mutationFn: async () => {
      const startedMs = performance.now();
      const response = await send('sagemaker', `/endpoints/${encodeURIComponent(name)}/invocations`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
      return { text: await response.text(), seconds: (performance.now() - startedMs) / 1000 };
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        ask.mutate();
      }}
    >
      <Stack maw={720}>
        <Text size="sm" c="dimmed">
          The columns of this model are not known here, so that the request is written by hand: as CSV, a row of
          features a line.
        </Text>
        <Select
          label="Content type"
          data={types}
          value={type}
          onChange={(value) => setType(value ?? types[0]!)}
          allowDeselect={false}
          w={240}
        />
        <Textarea
          label="Body"
          required
          autosize
          minRows={4}
          maxRows={16}
          spellCheck={false}
          value={body}
          onChange={(event) => setBody(event.currentTarget.value)}
        />
        <Group>
          <Button type="submit" loading={ask.isPending}>
            Ask
          </Button>
        </Group>
        {ask.error && <Fault error={ask.error} title="The endpoint refused" />}
        {ask.data && (
          <div role="status">
            <Text size="sm">It answered in {duration(ask.data.seconds)}:</Text>
            <TextBlock>{ask.data.text}</TextBlock>
          </div>
        )}
      </Stack>
    </form>
  );
}
