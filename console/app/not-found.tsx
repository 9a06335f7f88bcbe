import { Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { Heading } from '../parts/heading.tsx';
import { To } from '../parts/link.tsx';

export const NotFound = (): ReactElement => (
  <>
    <Heading title="There is no such page" />
    <Text>
      The address may be mistyped. <To href="/">Go home</To>, or press / and search.
    </Text>
  </>
);
