import { ActionIcon, Group, Select, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { listObjects, parseS3Uri } from '../../api/s3.ts';
import { Cross } from '../../parts/icons.tsx';
import { bytes, plural } from '../../parts/words.ts';
import type { Channel } from './draft.ts';

const types = [
  'text/csv',
  'application/x-recordio-protobuf',
  'text/libsvm',
  'application/jsonlines',
  'application/x-parquet',
];
const countedMax = 1000;

/** Where a channel's rows are, and what lies there. */
export function ChannelField(props: {
  channel: Channel;
  fault: string | undefined;
  onChange(part: Partial<Channel>): void;
  onRemove?: () => void;
}): ReactElement {
  const { channel, fault, onChange, onRemove } = props;
  const [uri] = useDebouncedValue(channel.uri, 300);
  const place = parseS3Uri(uri);
  const { data, error } = useQuery({
    queryKey: ['channel', uri],
    queryFn: async ({ signal }) => {
      const found = await listObjects(place!.bucket, { prefix: place!.key, max: countedMax, signal });
      return { ...found, size: found.objects.reduce((sum, { size }) => sum + size, 0) };
    },
    enabled: place !== undefined,
    retry: false,
  });
  const missing =
    fault === undefined && error !== null
      ? error.message
      : data && data.objects.length + data.folders.length === 0
        ? 'Nothing lies there'
        : undefined;
  return (
    <div>
      <Group align="flex-end" gap="sm" wrap="nowrap">
        <TextInput
          flex={1}
          label={
            channel.name === 'train'
              ? 'Rows to train on'
              : channel.name === 'validation'
                ? 'Rows to validate on'
                : `Channel ${channel.name}`
          }
          placeholder="s3://bucket/folder/"
          required={channel.name === 'train'}
          value={channel.uri}
          error={channel.uri === '' ? undefined : (fault ?? missing)}
          onChange={(event) => onChange({ uri: event.currentTarget.value })}
          spellCheck={false}
        />
        {onRemove && (
          <ActionIcon variant="default" size="input-sm" aria-label={`Remove ${channel.name}`} onClick={onRemove}>
            <Cross size={16} aria-hidden="true" />
          </ActionIcon>
        )}
      </Group>
      <Group gap="sm" mt={6}>
        <Select
          aria-label={`Content type of ${channel.name}`}
          size="xs"
          w={250}
          data={types.includes(channel.type) || channel.type === '' ? types : [...types, channel.type]}
          value={channel.type === '' ? null : channel.type}
          placeholder="Content type"
          clearable
          onChange={(value) => onChange({ type: value ?? '' })}
        />
        {data && missing === undefined && (
          <Text size="xs" c="dimmed">
            {plural(data.objects.length, 'object')}, {bytes(data.size)}
            {data.folders.length > 0 && `, and ${plural(data.folders.length, 'folder')}`}
          </Text>
        )}
      </Group>
    </div>
  );
}
