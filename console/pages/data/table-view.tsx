import { Loader, SegmentedControl, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactElement, useRef } from 'react';
import type { Cell, ColumnProfile, Profile } from '../../../src/tables/index.ts';
import { profileTable } from '../../../src/tables/index.ts';
import { openS3Table } from '../../api/s3-table.ts';
import { useAddress } from '../../parts/address.ts';
import { figure, plural } from '../../parts/words.ts';

/** Rows that are looked at, and kept to be scrolled through. */
const rowsMax = 100_000;
const columnsShownMax = 200;
/** Characters of a value in the list of columns. */
const valueMax = 80;

interface Looked {
  profile: Profile;
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
  facts: readonly string[];
}

async function look(bucket: string, key: string): Promise<Looked> {
  const table = await openS3Table(bucket, key);
  const rows: (readonly Cell[])[] = [];
  const takes = (row: readonly Cell[]): boolean => {
    rows.push(row);
    return true;
  };
  const profile = await profileTable(table, { rowsMax, takes });
  return { profile, columns: table.columns, rows, facts: table.facts };
}

/** A table: what is in each column, and its rows. */
export function TableView(props: { bucket: string; objectKey: string; otherwise: ReactElement }): ReactElement {
  const { bucket, objectKey, otherwise } = props;
  const [{ view }, change] = useAddress({ view: 'columns' });
  const { data, error } = useQuery({
    queryKey: ['table', bucket, objectKey],
    queryFn: () => look(bucket, objectKey),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  });
  if (error)
    return (
      <>
        <Text mb="sm" role="status" className="name">
          It is not read as a table: {error.message}.
        </Text>
        {otherwise}
      </>
    );
  if (!data)
    return (
      <Text role="status">
        <Loader size="xs" mr="xs" aria-hidden="true" />
        Reading the table
      </Text>
    );
  const { profile, columns, rows, facts } = data;
  const isAll = profile.rowCount < rowsMax;
  return (
    <>
      <Text mb="xs">
        {isAll ? plural(profile.rowCount, 'row') : `The first ${rowsMax.toLocaleString('en')} rows`} of{' '}
        {plural(columns.length, 'column')}. {sentenceOf(facts)}
      </Text>
      <SegmentedControl
        mb="sm"
        aria-label="Columns or rows"
        value={view}
        onChange={(value) => change({ view: value })}
        data={[
          { value: 'columns', label: 'Columns' },
          { value: 'rows', label: 'Rows' },
        ]}
      />
      {view === 'rows' ? (
        <Rows columns={columns.slice(0, columnsShownMax)} rows={rows} />
      ) : (
        <Columns profile={profile} />
      )}
    </>
  );
}

/** Such as: Columns between commas; no row of names. */
function sentenceOf(facts: readonly string[]): string {
  const text = facts.join('; ').replace(/(?:, \.\.\.|[.\s]+)$/, ' and so on');
  return text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function Columns({ profile }: { profile: Profile }): ReactElement {
  return (
    <Table.ScrollContainer minWidth={0}>
      <Table aria-label="Columns">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Column</Table.Th>
            <Table.Th>Kind</Table.Th>
            <Table.Th className="number">Missing</Table.Th>
            <Table.Th className="number" visibleFrom="sm">
              Distinct
            </Table.Th>
            <Table.Th visibleFrom="xs">Values</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {profile.columns.slice(0, columnsShownMax).map((column) => (
            <Table.Tr key={column.name}>
              <Table.Td className="name">{column.name}</Table.Td>
              <Table.Td>{column.kind}</Table.Td>
              <Table.Td className="number">
                {column.missing === 0 ? 'none' : shareOf(column.missing, column.count)}
              </Table.Td>
              <Table.Td className="number" visibleFrom="sm">
                {column.distinctIsExact ? '' : 'about '}
                {figure(column.distinct)}
              </Table.Td>
              <Table.Td className="name" visibleFrom="xs">
                {valuesOf(column)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const shareOf = (part: number, all: number): string => `${figure((100 * part) / all)} %`;

function valuesOf({ number, levels, count, sameAs }: ColumnProfile): string {
  const same = sameAs === undefined ? '' : `, the same as ${sameAs}`;
  if (number !== undefined && levels.length > 6)
    return `${figure(number.min)} to ${figure(number.max)}, half of them below ${figure(number.quantiles[3])}${same}`;
  return `${levels
    .slice(0, 4)
    .map(([value, rows]) => `${shortened(value)} ${shareOf(rows, count)}`)
    .join(', ')}${levels.length > 4 ? ', ...' : ''}${same}`;
}

/** A value may be a page of text; Rows shows it whole. */
const shortened = (value: string): string => (value.length > valueMax ? `${value.slice(0, valueMax)}...` : value);

const rowHeight = 26;

/** Only the rows in sight are in the page. */
function Rows({ columns, rows }: { columns: readonly string[]; rows: readonly (readonly Cell[])[] }): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const visible = useVirtualizer({
    count: rows.length,
    getScrollElement: () => place.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  });
  return (
    <section
      className="scroll grid-cells"
      ref={place}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
      tabIndex={0}
      aria-label="Rows of the table"
      style={{ height: '60vh' }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: rows of a real table cannot be laid out one by one */}
      <div role="table" aria-label="Rows" aria-rowcount={rows.length + 1} style={{ width: 'max-content' }}>
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: a row that is only read */}
        <div className="grid-head" role="row" aria-rowindex={1}>
          {columns.map((name) => (
            // biome-ignore lint/a11y/useSemanticElements: as above
            // biome-ignore lint/a11y/useFocusableInteractive: a head that is only read
            <div key={name} className="grid-cell" role="columnheader" title={name}>
              <strong>{name}</strong>
            </div>
          ))}
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        <div role="rowgroup" style={{ position: 'relative', height: visible.getTotalSize() }}>
          {visible.getVirtualItems().map(({ index, start }) => (
            // biome-ignore lint/a11y/useSemanticElements: as above
            // biome-ignore lint/a11y/useFocusableInteractive: a row that is only read
            <div
              key={index}
              className="grid-row"
              role="row"
              aria-rowindex={index + 2}
              style={{ transform: `translateY(${start}px)` }}
            >
              {columns.map((name, column) => (
                // biome-ignore lint/a11y/useSemanticElements: as above
                <div key={name} className="grid-cell" role="cell">
                  {rows[index]![column] ?? ''}
                </div>
              ))}
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}
