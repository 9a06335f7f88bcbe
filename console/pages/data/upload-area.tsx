import { Button, Card, FileButton, Group, Progress, Stack, Text } from '@mantine/core';
import { type DragEvent, type ReactElement, useRef, useState } from 'react';
import { upload } from '../../api/s3.ts';
import { Fault } from '../../parts/fault.tsx';
import { bytes } from '../../parts/words.ts';

interface Upload {
  id: number;
  file: File;
  share: number;
  error?: unknown;
  isDone: boolean;
  stop(): void;
}

let uploads = 0;

/** Takes files that are dropped or chosen, and shows how far each is. */
export function UploadArea({
  bucket,
  prefix,
  onDone,
}: {
  bucket: string;
  prefix: string;
  onDone(): void;
}): ReactElement {
  const [running, setRunning] = useState<readonly Upload[]>([]);
  const [isOver, setOver] = useState(false);
  const reset = useRef<() => void>(null);
  const change = (id: number, part: Partial<Upload>): void =>
    setRunning((before) => before.map((each) => (each.id === id ? { ...each, ...part } : each)));
  const begin = async (file: File): Promise<void> => {
    uploads += 1;
    const id = uploads;
    const controller = new AbortController();
    setRunning((before) => [...before, { id, file, share: 0, isDone: false, stop: () => controller.abort() }]);
    try {
      const { signal } = controller;
      await upload(bucket, `${prefix}${file.name}`, file, { onProgress: (share) => change(id, { share }), signal });
      change(id, { share: 1, isDone: true });
    } catch (error) {
      change(id, { error });
    }
    onDone();
  };
  const take = async (files: readonly File[]): Promise<void> => {
    for (const file of files) await begin(file);
    reset.current?.();
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void take([...event.dataTransfer.files]);
  };
  return (
    <Card
      withBorder
      mb="md"
      className="drop"
      data-over={isOver || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Group justify="space-between">
        <Text size="sm">Drop files here, or choose them. A file of the same name is replaced.</Text>
        <FileButton multiple onChange={(files) => void take(files)} resetRef={reset}>
          {(props) => (
            <Button {...props} variant="default" size="xs">
              Choose files
            </Button>
          )}
        </FileButton>
      </Group>
      {running.length > 0 && (
        <Stack gap="xs" mt="sm" aria-live="polite">
          {running.map(({ id, file, share, isDone, error, stop }) =>
            error !== undefined ? (
              <Fault key={id} error={error} title={`${file.name} was not uploaded`} />
            ) : (
              <Group key={id} gap="sm" wrap="nowrap">
                <Text size="sm" className="name" flex="1 1 40%">
                  {file.name}, {bytes(file.size)}
                </Text>
                <Progress value={100 * share} flex="1 1 40%" aria-label={`Upload of ${file.name}`} />
                {isDone ? (
                  <Text size="sm">Stored</Text>
                ) : (
                  <Button size="compact-xs" variant="default" onClick={stop}>
                    Cancel
                  </Button>
                )}
              </Group>
            ),
          )}
        </Stack>
      )}
    </Card>
  );
}
