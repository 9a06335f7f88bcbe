import { Box, Group, Text, Title } from '@mantine/core';
import { type ReactElement, type ReactNode, useEffect } from 'react';

/** The head of a page: its title, its first sentence, and what can be done. It names the browser's tab too. */
export function Heading(props: {
  title: string;
  says?: ReactNode;
  actions?: ReactNode;
  above?: ReactNode;
}): ReactElement {
  const { title, says, actions, above } = props;
  useEffect(() => {
    document.title = `${title} · Linnet`;
  }, [title]);
  return (
    <Box mb="lg">
      {above}
      <Group justify="space-between" align="flex-start" gap="md">
        <Box flex="1 1 16rem" miw={0}>
          <Title order={1} size="h2" className="name">
            {title}
          </Title>
          {says && (
            <Text component="div" mt={4} c="dimmed">
              {says}
            </Text>
          )}
        </Box>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
    </Box>
  );
}
