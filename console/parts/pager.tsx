import { Button, Group, Text } from '@mantine/core';
import type { ReactElement } from 'react';

/** Pages of a list that does not know its length. */
export function Pager(props: {
  page: number;
  size: number;
  shown: number;
  hasNext: boolean;
  noun: string;
  onPage(page: number): void;
}): ReactElement | null {
  const { page, size, shown, hasNext, noun, onPage } = props;
  if (page === 1 && !hasNext) return null;
  const first = (page - 1) * size + 1;
  return (
    <Group component="nav" aria-label="Pages" mt="md" gap="sm">
      <Button variant="default" size="xs" disabled={page === 1} onClick={() => onPage(page - 1)}>
        Previous
      </Button>
      <Text size="sm" role="status">
        {shown === 0 ? `No ${noun} here` : `${noun} ${first} to ${first + shown - 1}`}
      </Text>
      <Button variant="default" size="xs" disabled={!hasNext} onClick={() => onPage(page + 1)}>
        Next
      </Button>
    </Group>
  );
}
