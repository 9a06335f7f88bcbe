import { Alert, Button, CopyButton, Group, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { CallError } from '../api/call.ts';
import { Warning } from './icons.tsx';

/** What went wrong, with the id by which the server's log knows it. */
export function Fault({
  error,
  title,
  onRetry,
}: {
  error: unknown;
  title: string;
  onRetry?: () => void;
}): ReactElement {
  const message = error instanceof Error ? error.message : String(error);
  const { requestId, code } = error instanceof CallError ? error : { requestId: undefined, code: undefined };
  const report = [title, code, message, requestId && `Request ${requestId}`].filter(Boolean).join('\n');
  return (
    <Alert color="red" variant="light" role="alert" icon={<Warning size={18} aria-hidden="true" />} title={title}>
      <Text size="sm" className="name">
        {message}
      </Text>
      <Group gap="xs" mt="xs">
        {requestId && (
          <Text size="xs" className="mono name">
            Request {requestId}
          </Text>
        )}
        <CopyButton value={report}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="default" onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
        {onRetry && (
          <Button size="compact-xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}
