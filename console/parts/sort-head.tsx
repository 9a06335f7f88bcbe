import { type MantineBreakpoint, Table, UnstyledButton } from '@mantine/core';
import type { ReactElement } from 'react';
import { ArrowDown, ArrowsUpDown, ArrowUp } from './icons.tsx';

/** The head of a column by which a list can be sorted. */
export function SortHead(props: {
  title: string;
  column: string;
  sort: string;
  order: string;
  className?: string;
  visibleFrom?: MantineBreakpoint;
  onSort(sort: string, order: 'Ascending' | 'Descending'): void;
}): ReactElement {
  const { title, column, sort, order, className, visibleFrom, onSort } = props;
  const isSorted = sort === column;
  const Icon = !isSorted ? ArrowsUpDown : order === 'Ascending' ? ArrowUp : ArrowDown;
  return (
    <Table.Th
      className={className}
      {...(visibleFrom !== undefined && { visibleFrom })}
      aria-sort={isSorted ? (order === 'Ascending' ? 'ascending' : 'descending') : undefined}
    >
      <UnstyledButton
        className="sort"
        onClick={() => onSort(column, isSorted && order === 'Descending' ? 'Ascending' : 'Descending')}
      >
        {title}
        <Icon size={14} aria-hidden="true" opacity={isSorted ? 1 : 0.6} />
      </UnstyledButton>
    </Table.Th>
  );
}
