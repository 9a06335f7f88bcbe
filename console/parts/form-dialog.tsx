import { Button, Group, Modal, Stack } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';

/** A form over the page, with Cancel and what it does. */
export function FormDialog(props: {
  isOpen: boolean;
  onClose(): void;
  title: string;
  /** The word on the button that does it. */
  verb: string;
  /** Whether it cannot be taken back. */
  destroys?: boolean;
  isBusy: boolean;
  isWrong?: boolean;
  onSubmit(): void;
  /** What went wrong, above the buttons. */
  fault: ReactNode;
  children: ReactNode;
}): ReactElement {
  const { isOpen, onClose, title, verb, destroys, isBusy, isWrong, onSubmit, fault, children } = props;
  return (
    <Modal opened={isOpen} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        <Stack>
          {children}
          {fault}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" {...(destroys && { color: 'red' })} loading={isBusy} disabled={isWrong ?? false}>
              {verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
