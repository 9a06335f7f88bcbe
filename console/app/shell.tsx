import { AppShell, Burger, Center, Group, Loader, NavLink, Text, useMantineColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactElement, Suspense, useEffect, useRef } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { KeysDialog, useKeys } from './keys.tsx';
import { NotFound } from './not-found.tsx';
import { PageBoundary } from './page-boundary.tsx';
import { nouns, routes } from './pages.ts';
import { ResourceSearch } from './resource-search.tsx';
import { ServerState } from './server-state.tsx';
import { WhoMenu } from './who-menu.tsx';

/** The frame of every page: nouns on the left; search, the server's state and who is signed in on top. */
export function Shell(): ReactElement {
  const [menuOpen, menu] = useDisclosure(false);
  const [keysOpen, keys] = useDisclosure(false);
  const [path, go] = useLocation();
  const search = useRef<HTMLInputElement>(null);
  const main = useRef<HTMLElement>(null);
  const { toggleColorScheme } = useMantineColorScheme();
  useKeys({ search: () => search.current?.focus(), help: keys.open, go, toggleScheme: toggleColorScheme });
  const first = useRef(true);
  useEffect(() => {
    // A reader of the screen begins at the top of the new page, as a browser would.
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
    if (path !== '') window.scrollTo(0, 0);
    menu.close();
  }, [path, menu.close]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 200, breakpoint: 'sm', collapsed: { mobile: !menuOpen } }}
      padding={{ base: 'sm', sm: 'lg' }}
      transitionDuration={0}
    >
      <AppShell.Header>
        <a className="skip" href="#main">
          Skip to the page
        </a>
        <Group h="100%" px="md" gap="sm" wrap="nowrap">
          <Burger
            opened={menuOpen}
            onClick={menu.toggle}
            hiddenFrom="sm"
            size="sm"
            aria-label="Menu"
            aria-expanded={menuOpen}
            aria-controls="nouns"
          />
          <Text component={Link} href="/" fw={700} fz="lg" c="inherit" td="none" visibleFrom="xs" w={168}>
            Linnet
          </Text>
          <ResourceSearch ref={search} />
          <ServerState />
          <WhoMenu onKeys={keys.open} />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Main" id="nouns">
        {nouns.map(({ href, title, Icon }) => {
          const isHere = href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`);
          return (
            <NavLink
              key={href}
              component={Link}
              href={href}
              label={title}
              active={isHere}
              aria-current={isHere ? 'page' : undefined}
              leftSection={<Icon size={18} aria-hidden="true" />}
              onClick={menu.close}
            />
          );
        })}
      </AppShell.Navbar>
      <AppShell.Main id="main" ref={main} tabIndex={-1}>
        <PageBoundary key={path}>
          <Suspense fallback={<Loading />}>
            <Switch>
              {routes.map(([pattern, Page]) => (
                <Route key={pattern} path={pattern}>
                  <Page />
                </Route>
              ))}
              <Route>
                <NotFound />
              </Route>
            </Switch>
          </Suspense>
        </PageBoundary>
      </AppShell.Main>
      <KeysDialog opened={keysOpen} onClose={keys.close} />
    </AppShell>
  );
}

const Loading = (): ReactElement => (
  <Center mih="40vh">
    <Loader aria-label="Loading" />
  </Center>
);
