import type { ReactElement } from 'react';
import { State } from '../../parts/state.tsx';
import { plural } from '../../parts/words.ts';
import type { Graph, GraphStep } from './definition.ts';

const [width, height, gapX, gapY] = [184, 60, 16, 44];

/** The steps from top to bottom, each below those that it waits for. The table beside it has the same in words. */
export function StepGraph({ graph, states }: { graph: Graph; states: ReadonlyMap<string, string> }): ReactElement {
  const { steps } = graph;
  const layers = Math.max(...steps.map(({ layer }) => layer)) + 1;
  const widest = Math.max(...Array.from({ length: layers }, (_, layer) => onLayer(steps, layer).length));
  const places = new Map<string, { left: number; top: number }>();
  for (let layer = 0; layer < layers; layer += 1) {
    const row = onLayer(steps, layer);
    for (const [column, { name }] of row.entries())
      places.set(name, {
        left: (column + (widest - row.length) / 2) * (width + gapX),
        top: layer * (height + gapY),
      });
  }
  const size = { width: widest * (width + gapX) - gapX, height: layers * (height + gapY) - gapY };
  return (
    <section
      className="graph"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
      tabIndex={0}
      aria-label="Graph of the steps"
    >
      <div
        role="img"
        aria-label={`${plural(steps.length, 'step')} in ${plural(layers, 'layer')}: ${steps.map(wordsOf).join('; ')}`}
        style={{ position: 'relative', ...size }}
      >
        <svg {...size} className="graph-lines" aria-hidden="true">
          {steps.flatMap(({ name, after }) =>
            after.map((edge) => (
              <Edge
                key={`${edge.name} ${name}`}
                from={places.get(edge.name)!}
                to={places.get(name)!}
                when={edge.when}
              />
            )),
          )}
        </svg>
        {steps.map(({ name, type }) => (
          <div key={name} className="graph-step" style={{ ...places.get(name)!, width, height }}>
            <strong title={name}>{name}</strong>
            <span>
              {type} <State status={states.get(name) ?? 'NotStarted'} />
            </span>
          </div>
        ))}
      </div>
    </section>
  );
}

const onLayer = (steps: readonly GraphStep[], layer: number): GraphStep[] =>
  steps.filter((step) => step.layer === layer);

const wordsOf = ({ name, after }: GraphStep): string =>
  after.length === 0
    ? `${name} at once`
    : `${name} after ${after.map((each) => `${each.name}${each.when && ` (${each.when})`}`).join(' and ')}`;

interface Point {
  left: number;
  top: number;
}

function Edge({ from, to, when }: { from: Point; to: Point; when: string }): ReactElement {
  const [x1, y1, x2, y2] = [from.left + width / 2, from.top + height, to.left + width / 2, to.top];
  const bend = Math.min(gapY, (y2 - y1) / 2);
  return (
    <>
      <path
        d={`M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2 - 2}M${x2 - 5} ${y2 - 8}l5 6 5-6`}
        fill="none"
        stroke="currentColor"
        strokeWidth={1.5}
      />
      {when !== '' && (
        <text x={(x1 + x2) / 2 + 6} y={(y1 + y2) / 2} fill="currentColor" fontSize={12}>
          {when}
        </text>
      )}
    </>
  );
}
