import { Box, Group, Text, Title } from '@mantine/core';
import { type ReactElement, type ReactNode, useId } from 'react';

/** A part of a page with a heading of its own, which says what it found. */
export function Section(props: {
  title: string;
  says?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}): ReactElement {
  const id = useId();
  return (
    <Box component="section" aria-labelledby={id} mb="xl">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4" id={id} className="name">
          {props.title}
        </Title>
        {props.actions}
      </Group>
      {props.says && (
        <Text component="div" size="sm" c="dimmed" mb="xs">
          {props.says}
        </Text>
      )}
      {props.children}
    </Box>
  );
}
