import { Anchor } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';
import { Link } from 'wouter';

/** A link to a page of the console. */
export const To = ({ href, children }: { href: string; children: ReactNode }): ReactElement => (
  <Anchor component={Link} href={href} className="name" underline="always" fz="inherit">
    {children}
  </Anchor>
);

/** Joins parts of an address, each escaped. */
export const pathOf = (...parts: readonly string[]): string => `/${parts.map(encodeURIComponent).join('/')}`;
