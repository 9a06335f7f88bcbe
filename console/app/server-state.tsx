import { Text, Tooltip } from '@mantine/core';
import type { ReactElement } from 'react';
import { CircleCheck, CircleCross, CircleOpen } from '../parts/icons.tsx';
import { useSigned } from './session.ts';

/** Whether the server answers and is ready: an icon and a word. */
export function ServerState(): ReactElement {
  const { session, answers } = useSigned();
  const [tone, word, Icon] = !answers
    ? (['bad', 'No answer', CircleCross] as const)
    : session.ready
      ? (['good', 'Ready', CircleCheck] as const)
      : (['busy', 'Starting', CircleOpen] as const);
  return (
    <Tooltip label={`Linnet ${session.version}, ${session.region}, account ${session.accountId}`}>
      <span className="state push" data-tone={tone} role="status" aria-label={`Server: ${word}`}>
        <Icon size={16} aria-hidden="true" />
        <Text span size="sm" visibleFrom="xs" c="inherit">
          {word}
        </Text>
      </span>
    </Tooltip>
  );
}
