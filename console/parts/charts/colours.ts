import { useComputedColorScheme } from '@mantine/core';

/** Okabe and Ito's colours, which people tell apart however they see colours: darker on light ground, lighter on dark. */
const light: readonly string[] = ['#0072b2', '#c44f00', '#007a5a', '#a04d80', '#7a6000', '#3d7ea6'];
const dark: readonly string[] = ['#56b4e9', '#e69f00', '#2fc79a', '#e09cc4', '#f0e442', '#9ecae1'];

export const useChartColours = (): readonly string[] => (useComputedColorScheme('light') === 'dark' ? dark : light);
