import type { ReactElement } from 'react';

export interface IconProps {
  /** Of both sides, in px. */
  size: number;
  opacity?: number;
  role?: 'img';
  'aria-label'?: string;
  'aria-hidden'?: 'true';
}

const circle = 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z';

/** A drawing of lines on a square of 24 units. A package of icons is 10 to 50 MB to install for these. */
const drawing =
  (path: string, dashes?: string) =>
  ({ size, ...rest }: IconProps): ReactElement => (
    // biome-ignore lint/a11y/noSvgWithoutTitle: whoever draws one gives its label, or hides it
    <svg
      {...rest}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={2}
      strokeLinecap="round"
      strokeLinejoin="round"
      strokeDasharray={dashes}
    >
      <path d={path} />
    </svg>
  );

export const House = drawing('M3 11 12 3l9 8M5 9.5V21h14V9.5M10 21v-6h4v6');
export const Cylinder = drawing(
  'M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3ZM4 6v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3',
);
export const Chip = drawing('M7 7h10v10H7ZM10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4');
export const Bars = drawing('M4 20h16M7 16v-5M12 16V5M17 16V9');
export const Cube = drawing('M12 3l8 4.5v9L12 21l-8-4.5v-9ZM4 7.5l8 4.5 8-4.5M12 12v9');
export const Waves = drawing(
  'M12 12h.01M8.5 15.5a5 5 0 0 1 0-7M15.5 8.5a5 5 0 0 1 0 7M5.6 18.4a9 9 0 0 1 0-12.8M18.4 5.6a9 9 0 0 1 0 12.8',
);
export const Steps = drawing('M3 3h7v7H3ZM14 14h7v7h-7ZM6.5 10v7.5H14');
export const People = drawing(
  'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM2 21c0-4 3-7 7-7s7 3 7 7M16 3.5a4 4 0 0 1 0 7M18 14.5c2.5.8 4 3.3 4 6.5',
);
export const Ledger = drawing('M8 5H5v16h14V5h-3M9 3h6v4H9ZM8.5 14l2.5 2.5 4.5-5');
export const Person = drawing(`${circle}M12 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM6.5 19c.8-2.3 3-4 5.5-4s4.7 1.7 5.5 4`);
export const Keyboard = drawing('M2 6h20v12H2ZM6 10h.01M10 10h.01M14 10h.01M18 10h.01M8 14h8');
export const Door = drawing('M10 4H4v16h6M15 8l4 4-4 4M19 12H9');
export const Moon = drawing('M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z');
export const Sun = drawing(
  'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5',
);
export const HalfMoon = drawing(`${circle}M12 3v18M12 8h7M12 12h9M12 16h7`);
export const CircleCheck = drawing(`${circle}M8 12.5l3 3 5-6.5`);
export const CircleCross = drawing(`${circle}M9 9l6 6M15 9l-6 6`);
export const CircleSlash = drawing(`${circle}M5.6 5.6l12.8 12.8`);
export const CircleDashed = drawing(circle, '3 4');
export const CircleOpen = drawing('M21 12a9 9 0 1 1-6-8.5');
export const Glass = drawing('M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 21 21');
export const Warning = drawing('M12 4 2.5 20h19ZM12 10v4M12 17h.01');
export const ArrowDown = drawing('M12 4v16M6 14l6 6 6-6');
export const ArrowUp = drawing('M12 20V4M6 10l6-6 6 6');
export const ArrowsUpDown = drawing('M8 20V4M4 8l4-4 4 4M16 4v16M12 16l4 4 4-4');
export const Cross = drawing('M6 6l12 12M18 6 6 18');
export const Sheet = drawing('M6 3h8l5 5v13H6ZM14 3v5h5');
export const Folder = drawing('M3 6h6l2 2h10v11H3Z');
