import { Button, Skeleton, Table, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { useLocation } from 'wouter';
import { createBucket, listBuckets } from '../../api/s3.ts';
import { Age } from '../../parts/age.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Fault } from '../../parts/fault.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { Heading } from '../../parts/heading.tsx';
import { To } from '../../parts/link.tsx';

export function BucketsPage(): ReactElement {
  const { data, error, refetch } = useQuery({
    queryKey: ['buckets'],
    queryFn: ({ signal }) => listBuckets(signal),
    refetchInterval: 10_000,
  });
  return (
    <>
      <Heading
        title="Data"
        says="Buckets hold the tables that jobs read, and what jobs wrote."
        actions={<NewBucket />}
      />
      {error && <Fault error={error} title="The buckets could not be read" onRetry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton h={200} />}
      {data?.length === 0 && (
        <Empty
          title="No buckets yet"
          says="A bucket is a place for files, as in S3. Make one, then drop your tables into it."
        />
      )}
      {data !== undefined && data.length > 0 && (
        <Table aria-label="Buckets" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Created</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.map(({ name, created }) => (
              <Table.Tr key={name}>
                <Table.Td>
                  <To href={`/data/${name}/`}>{name}</To>
                </Table.Td>
                <Table.Td>
                  <Age seconds={created} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </>
  );
}

/** What is wrong with a bucket's name while it is typed; S3 checks it again. */
function bucketFault(name: string): string | undefined {
  if (name.length < 3 || name.length > 63) return `${name.length} characters; a bucket's name has 3 to 63`;
  const wrong = /[^a-z0-9.-]/.exec(name)?.[0];
  if (wrong !== undefined) return `“${wrong}” cannot be in it: small letters, digits, hyphens and dots can`;
  return /^[a-z0-9].*[a-z0-9]$/.test(name) ? undefined : 'It begins and ends with a letter or digit';
}

function NewBucket(): ReactElement {
  const [isOpen, dialog] = useDisclosure(false);
  const [name, setName] = useState('');
  const [, go] = useLocation();
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: () => createBucket(name),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['buckets'] });
      go(`/data/${name}/`);
    },
  });
  const fault = name === '' ? undefined : bucketFault(name);
  return (
    <>
      <Button onClick={dialog.open}>Make a bucket</Button>
      <FormDialog
        isOpen={isOpen}
        onClose={dialog.close}
        title="Make a bucket"
        verb="Make"
        isBusy={make.isPending}
        isWrong={name === '' || fault !== undefined}
        onSubmit={() => make.mutate()}
        fault={make.error && <Fault error={make.error} title="The bucket was not made" />}
      >
        <TextInput
          label="Name"
          required
          data-autofocus
          value={name}
          error={fault}
          onChange={(event) => setName(event.currentTarget.value)}
          spellCheck={false}
          autoComplete="off"
        />
      </FormDialog>
    </>
  );
}
