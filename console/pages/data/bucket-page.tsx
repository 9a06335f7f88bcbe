import { Breadcrumbs, Group, Skeleton, Table, Text } from '@mantine/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, type ReactElement, Suspense } from 'react';
import { useParams } from 'wouter';
import { pageSize, readPages } from '../../api/paged.ts';
import { listObjects } from '../../api/s3.ts';
import { useAddress } from '../../parts/address.ts';
import { Age } from '../../parts/age.tsx';
import { Fault } from '../../parts/fault.tsx';
import { Heading } from '../../parts/heading.tsx';
import { Folder, Sheet } from '../../parts/icons.tsx';
import { To } from '../../parts/link.tsx';
import { Pager } from '../../parts/pager.tsx';
import { dataPath } from '../../parts/place.tsx';
import { bytes } from '../../parts/words.ts';
import { UploadArea } from './upload-area.tsx';

const ObjectView = lazy(async () => ({ default: (await import('./object-view.tsx')).ObjectView }));

/** A folder of a bucket: what lies in it, or the object of it that the address names. */
export function BucketPage(): ReactElement {
  const { bucket = '', '*': rest = '' } = useParams();
  const name = decodeURIComponent(bucket);
  const folder = rest.split('/').map(decodeURIComponent).join('/');
  const prefix = folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
  const [{ object, page: pageText }, change] = useAddress({ object: '', page: '1' });
  const page = Math.max(1, Number.parseInt(pageText, 10) || 1);
  const parts = prefix.split('/').filter((part) => part !== '');
  const title = object !== '' ? object : (parts.at(-1) ?? name);
  return (
    <>
      <Heading
        title={title}
        above={
          <Breadcrumbs separatorMargin={6} component="nav" aria-label="Folders">
            <To href="/data">Data</To>
            {parts.length > 0 || object !== '' ? <To href={dataPath(name, '')}>{name}</To> : null}
            {parts.slice(0, object === '' ? -1 : undefined).map((part, place) => (
              <To
                key={dataPath(name, parts.slice(0, place + 1).join('/'))}
                href={dataPath(name, `${parts.slice(0, place + 1).join('/')}/`)}
              >
                {part}
              </To>
            ))}
          </Breadcrumbs>
        }
      />
      {object !== '' ? (
        <Suspense fallback={<Skeleton h={240} />}>
          <ObjectView key={object} bucket={name} objectKey={`${prefix}${object}`} />
        </Suspense>
      ) : (
        <FolderView
          key={prefix}
          bucket={name}
          prefix={prefix}
          page={page}
          onPage={(next) => change({ page: String(next) })}
        />
      )}
    </>
  );
}

interface FolderProps {
  bucket: string;
  prefix: string;
  page: number;
  onPage(page: number): void;
}

interface Entry {
  key: string;
  size: number | undefined;
  changed: number | undefined;
}

function FolderView({ bucket, prefix, page, onPage }: FolderProps): ReactElement {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ['objects', bucket, prefix, page],
    queryFn: ({ signal }) =>
      readPages<Entry>(`objects ${bucket} ${prefix}`, page, async (after) => {
        const { folders, objects, next } = await listObjects(bucket, { prefix, after, max: pageSize, signal });
        const items = [
          ...folders.map((key) => ({ key, size: undefined, changed: undefined })),
          // The empty object that marks the folder itself.
          ...objects.filter(({ key }) => key !== prefix),
        ];
        return { items, next };
      }),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
  const isSample = bucket === 'sagemaker-sample-files';
  return (
    <>
      {error && <Fault error={error} title="The folder could not be read" onRetry={() => void refetch()} />}
      {!isSample && (
        <UploadArea
          bucket={bucket}
          prefix={prefix}
          onDone={() => void client.invalidateQueries({ queryKey: ['objects', bucket, prefix] })}
        />
      )}
      {data === undefined && !error && <Skeleton h={200} />}
      {data?.items.length === 0 && page === 1 && <Text c="dimmed">Nothing lies here yet.</Text>}
      {data !== undefined && data.items.length > 0 && (
        <Table aria-label="Folders and objects" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th className="number">Size</Table.Th>
              <Table.Th visibleFrom="xs">Changed</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.items.map(({ key, size, changed }) => (
              <Table.Tr key={key}>
                <Table.Td>
                  <Group gap={6} wrap="nowrap">
                    {size === undefined ? (
                      <Folder size={16} aria-label="Folder" role="img" />
                    ) : (
                      <Sheet size={16} aria-label="Object" role="img" />
                    )}
                    <To href={dataPath(bucket, key)}>{key.slice(prefix.length)}</To>
                  </Group>
                </Table.Td>
                <Table.Td className="number">{bytes(size)}</Table.Td>
                <Table.Td visibleFrom="xs">{changed !== undefined && <Age seconds={changed} />}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {data && (
        <Pager
          page={page}
          size={pageSize}
          shown={data.items.length}
          hasNext={data.next !== undefined}
          noun="Objects"
          onPage={onPage}
        />
      )}
    </>
  );
}
