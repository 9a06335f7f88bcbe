import type { ReactElement } from 'react';
import { CircleCheck, CircleCross, CircleDashed, CircleOpen, CircleSlash, Warning } from './icons.tsx';

type Tone = 'good' | 'bad' | 'busy' | 'idle';

const tones: Readonly<Record<string, Tone>> = {
  Completed: 'good',
  InService: 'good',
  Approved: 'good',
  Succeeded: 'good',
  Failed: 'bad',
  Rejected: 'bad',
  CompletedWithFailures: 'bad',
  RollingBack: 'bad',
  OutOfService: 'bad',
  Stopped: 'idle',
  Inactive: 'idle',
  NotStarted: 'idle',
  PendingManualApproval: 'idle',
};

const icons: Readonly<Record<Tone, typeof CircleCheck>> = {
  good: CircleCheck,
  bad: CircleCross,
  busy: CircleOpen,
  idle: CircleSlash,
};

/** Such as `In service` for `InService`. */
export const stateWord = (status: string): string => {
  const words = status.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** A state as icon and word; a warning where something is out of the ordinary. */
export function State({ status, word, warning }: { status: string; word?: string; warning?: boolean }): ReactElement {
  const tone = tones[status] ?? 'busy';
  const Icon = warning ? Warning : status === 'Pending' || status === 'NotStarted' ? CircleDashed : icons[tone];
  return (
    <span className="state" data-tone={tone}>
      <Icon size={16} aria-hidden="true" />
      {word ?? stateWord(status)}
    </span>
  );
}
