import { TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { type ReactElement, useState } from 'react';
import { Glass } from './icons.tsx';

/** A field that narrows a list by a part of the names, once the typing pauses. */
export function FilterField(props: { label: string; value: string; onChange(value: string): void }): ReactElement {
  const [text, setText] = useState(props.value);
  const settle = useDebouncedCallback(props.onChange, 250);
  return (
    <TextInput
      aria-label={props.label}
      placeholder={props.label}
      leftSection={<Glass size={16} aria-hidden="true" />}
      value={text}
      flex="1 1 12rem"
      maw={320}
      spellCheck={false}
      onChange={(event) => {
        setText(event.currentTarget.value);
        settle(event.currentTarget.value.trim());
      }}
    />
  );
}
