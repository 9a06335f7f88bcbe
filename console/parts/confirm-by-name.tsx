import { Button, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactElement, type ReactNode, useState } from 'react';
import { Fault } from './fault.tsx';
import { FormDialog } from './form-dialog.tsx';

/** A button for what destroys: it asks for the name. */
export function ConfirmByName(props: {
  verb: string;
  noun: string;
  name: string;
  says: ReactNode;
  act(): Promise<unknown>;
}): ReactElement {
  const { verb, noun, name, says, act } = props;
  const [isOpen, dialog] = useDisclosure(false);
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const run = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await act();
      dialog.close();
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button variant="default" onClick={dialog.open}>
        {verb}
      </Button>
      <FormDialog
        isOpen={isOpen}
        onClose={dialog.close}
        title={`${verb} ${noun}`}
        verb={verb}
        destroys
        isBusy={busy}
        isWrong={typed !== name}
        onSubmit={() => void run()}
        fault={error !== undefined && <Fault error={error} title={`The ${noun} is still there`} />}
      >
        <Text size="sm">{says}</Text>
        <TextInput
          label={
            <>
              Type the name to go on: <span className="mono name">{name}</span>
            </>
          }
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-autofocus
          autoComplete="off"
          spellCheck={false}
        />
      </FormDialog>
    </>
  );
}
