import { Alert, Button, Center, Code, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { type FormEvent, type ReactElement, useEffect, useState } from 'react';
import { canSign, type Session, signIn } from '../api/session.ts';
import { Fault } from '../parts/fault.tsx';

export function SignIn(props: {
  /** Whether a session was over while its pages were open. */
  hasEnded: boolean;
  onSignedIn(session: Session): void;
}): ReactElement {
  const { hasEnded, onSignedIn } = props;
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [isTemporary, setTemporary] = useState(false);
  useEffect(() => {
    document.title = 'Sign in · Linnet';
  }, []);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    const field = (name: string): string => String(new FormData(form).get(name) ?? '').trim();
    const sessionToken = field('sessionToken');
    const key = {
      accessKeyId: field('accessKeyId'),
      secretAccessKey: field('secretAccessKey'),
      ...(sessionToken !== '' && { sessionToken }),
    };
    setBusy(true);
    setError(undefined);
    try {
      const session = await signIn(key);
      form.reset();
      onSignedIn(session);
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder p="xl" radius="md" w="100%" maw={440}>
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            <Title order={1} size="h2">
              Sign in to Linnet
            </Title>
            {!canSign() && <PlainHttp />}
            {hasEnded && (
              <Alert color="blue" role="status" title="Your session is over">
                It lasts twelve hours, and ends when the server is started anew. Jobs and endpoints went on. After
                signing in you are where you were.
              </Alert>
            )}
            <TextInput
              name="accessKeyId"
              label="Access key"
              required
              autoComplete="username"
              autoFocus
              spellCheck={false}
              onChange={(event) => setTemporary((before) => before || /^ASIA/.test(event.currentTarget.value))}
            />
            <PasswordInput
              name="secretAccessKey"
              label="Secret key"
              required
              autoComplete="current-password"
              visibilityToggleButtonProps={{ 'aria-label': 'Show the secret key' }}
            />
            {isTemporary ? (
              <PasswordInput
                name="sessionToken"
                label="Session token"
                required
                autoComplete="off"
                visibilityToggleButtonProps={{ 'aria-label': 'Show the session token' }}
              />
            ) : (
              <Button variant="subtle" size="compact-sm" w="fit-content" onClick={() => setTemporary(true)}>
                Add a session token
              </Button>
            )}
            {error !== undefined && <Fault error={error} title="You are not signed in" />}
            <Button type="submit" loading={busy} disabled={!canSign()}>
              Sign in
            </Button>
            <Text size="sm" c="dimmed">
              On the machine of the server, <Code>npx linnet env</Code> prints both keys. The page signs one request
              with them; the secret is neither sent nor kept.
            </Text>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}

const PlainHttp = (): ReactElement => (
  <Alert color="red" role="alert" title="This address is not safe to sign in at">
    The browser signs over https, and at localhost, only. Start the server with --tls-cert and --tls-key, or open a
    tunnel: ssh -L 8470:localhost:8470 HOST, then http://localhost:8470.
  </Alert>
);
