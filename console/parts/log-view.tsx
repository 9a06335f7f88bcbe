import { Button, Group, Switch, Text } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactElement, useEffect, useRef, useState } from 'react';
import type { LogLine } from '../api/logs.ts';
import { plural } from './words.ts';

/** A log that may be long: only the lines in sight are in the page. It follows the end while it grows. */
export function LogView({
  lines,
  isLive,
  name,
}: {
  lines: readonly LogLine[];
  isLive: boolean;
  name: string;
}): ReactElement {
  const [follows, setFollows] = useState(true);
  const place = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => place.current,
    estimateSize: () => 19,
    overscan: 20,
  });
  useEffect(() => {
    if (isLive && follows && lines.length > 0) rows.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [isLive, follows, lines.length, rows]);
  const save = (): void => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(
      new Blob([lines.map(({ message }) => `${message}\n`).join('')], { type: 'text/plain' }),
    );
    link.download = `${name}.log`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <>
      <Group mb="xs" gap="md">
        <Text size="sm" c="dimmed" role="status">
          {lines.length === 0 ? (isLive ? 'No line yet.' : 'The log is empty.') : plural(lines.length, 'line')}
          {isLive && lines.length > 0 && ', and growing'}
        </Text>
        {isLive && (
          <Switch
            label="Follow the end"
            checked={follows}
            onChange={(event) => setFollows(event.currentTarget.checked)}
          />
        )}
        {lines.length > 0 && (
          <Button variant="default" size="xs" onClick={save}>
            Download
          </Button>
        )}
      </Group>
      {lines.length > 0 && (
        <section
          className="scroll"
          ref={place}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
          tabIndex={0}
          aria-label={`Log of ${name}`}
          style={{ height: 'min(60vh, 480px)' }}
        >
          <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
            {rows.getVirtualItems().map(({ index, start }) => (
              <pre
                key={index}
                ref={rows.measureElement}
                data-index={index}
                className="log log-line"
                style={{ position: 'absolute', top: 0, left: 0, width: '100%', transform: `translateY(${start}px)` }}
              >
                {lines[index]!.message}
              </pre>
            ))}
          </div>
        </section>
      )}
    </>
  );
}
