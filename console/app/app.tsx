import { Center, Loader, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useEffect, useState } from 'react';
import { Router } from 'wouter';
import { CallError, signedOut } from '../api/call.ts';
import { readSession, type Session } from '../api/session.ts';
import { Fault } from '../parts/fault.tsx';
import { SessionContext } from './session.ts';
import { Shell } from './shell.tsx';
import { SignIn } from './sign-in.tsx';
import { styleNonce, theme } from './theme.ts';

const queries = new QueryClient({
  defaultOptions: {
    // The server is often this very machine, which has no need of a network.
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      // What was refused is refused again; what was not answered may be the next time.
      retry: (count, error) => count < 2 && !(error instanceof CallError && error.status < 500 && error.status > 0),
      retryDelay: 500,
      staleTime: 1000,
    },
  },
});

export const App = (): ReactElement => (
  <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={styleNonce}>
    <QueryClientProvider client={queries}>
      <Router base="/_linnet/console">
        <Gate />
      </Router>
    </QueryClientProvider>
  </MantineProvider>
);

/** Asks again while the page is open, so that its top says whether the server answers. */
const stateMs = 5_000;

/** Shows the pages to whoever is signed in, and the sign-in to everybody else. */
function Gate(): ReactElement {
  const client = useQueryClient();
  const [hasEnded, setEnded] = useState(false);
  const { data, error, isPending, refetch, failureCount } = useQuery({
    queryKey: ['session'],
    queryFn: async ({ signal }) => {
      const session = await readSession(signal);
      if (session === null && client.getQueryData(['session'])) setEnded(true);
      return session;
    },
    refetchInterval: ({ state }) => (state.data === null ? false : stateMs),
  });
  useEffect(() => {
    const forget = (): void => {
      if (client.getQueryData(['session']) === null) return;
      client.clear();
      setEnded(true);
      client.setQueryData(['session'], null);
    };
    signedOut.addEventListener('signed-out', forget);
    return () => signedOut.removeEventListener('signed-out', forget);
  }, [client]);
  if (isPending && failureCount === 0)
    return (
      <Center mih="60vh">
        <Loader aria-label="Loading" />
      </Center>
    );
  if (data) {
    return (
      <SessionContext value={{ session: data, answers: failureCount === 0 }}>
        <Shell />
      </SessionContext>
    );
  }
  if (error !== null && !(error instanceof CallError && error.status > 0 && error.status < 500))
    return (
      <Center mih="60vh" p="md">
        <Fault error={error} title="The server cannot be reached" onRetry={() => void refetch()} />
      </Center>
    );
  return (
    <SignIn
      hasEnded={hasEnded}
      onSignedIn={(session: Session) => {
        setEnded(false);
        client.setQueryData(['session'], session);
      }}
    />
  );
}
