import { Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { useNow } from './now.ts';
import { plural } from './words.ts';

/** Live values say how old they are once they stop coming. */
export function Freshness({ updatedMs, everyMs }: { updatedMs: number; everyMs: number }): ReactElement | null {
  const seconds = Math.floor((useNow() - updatedMs) / 1000);
  if (updatedMs === 0 || seconds * 1000 < everyMs * 2 + 2000) return null;
  return (
    <Text size="sm" c="var(--linnet-bad)" role="status">
      Not live: these values are {plural(seconds, 'second')} old.
    </Text>
  );
}
