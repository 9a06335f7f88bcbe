import { type PlotOptions, plot } from '@observablehq/plot';
import { type ReactElement, useEffect, useRef, useState } from 'react';
import { styleNonce } from '../../app/theme.ts';

/** A drawing of Observable Plot as wide as its place; it says in words what it shows. */
export function Drawing(props: {
  label: string;
  height: number;
  options: Omit<PlotOptions, 'width' | 'height'>;
}): ReactElement {
  const { label, height, options } = props;
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    watch.observe(place.current!);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    if (width === 0) return;
    const drawing = plot({
      ...options,
      width,
      height,
      style: { background: 'none', color: 'inherit', fontSize: '12px' },
    });
    // The page's policy lets in a style that carries its nonce.
    for (const style of drawing.querySelectorAll('style')) style.setAttribute('nonce', styleNonce());
    drawing.setAttribute('aria-hidden', 'true');
    place.current!.replaceChildren(drawing);
  }, [width, height, options]);
  return <div ref={place} role="img" aria-label={label} className="chart" style={{ minHeight: height }} />;
}
