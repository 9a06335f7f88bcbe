import { Card, Group, Stack, Text, Title } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';

/** An empty list teaches: what this is, and one button that makes the first. */
export const Empty = ({
  title,
  says,
  children,
}: {
  title: string;
  says: string;
  children?: ReactNode;
}): ReactElement => (
  <Card withBorder p="lg" mb="md">
    <Stack gap="xs">
      <Title order={2} size="h4">
        {title}
      </Title>
      <Text size="sm" maw={640}>
        {says}
      </Text>
      {children && <Group>{children}</Group>}
    </Stack>
  </Card>
);
