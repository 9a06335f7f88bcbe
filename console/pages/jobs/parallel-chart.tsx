import { axisX, line, ruleX, text } from '@observablehq/plot';
import { type ReactElement, useMemo } from 'react';
import { useChartColours } from '../../parts/charts/colours.ts';
import { Drawing } from '../../parts/charts/plot.tsx';
import { figure } from '../../parts/words.ts';
import { axisOf } from './parallel.ts';

export interface ScoredTrial {
  name: string;
  hyperparameters: Readonly<Record<string, string>>;
  value: number;
}

/** Of all trials, those that are drawn as good ones. */
const goodShare = 0.2;
/** In px: room for a name below each axis. */
const axisWidth = 110;

/** Each trial as a line through its hyperparameters to its score: what the good ones have in common. */
export function ParallelChart(props: {
  trials: readonly ScoredTrial[];
  hyperparameters: readonly string[];
  metric: string;
  lowerIsBetter: boolean;
}): ReactElement {
  const { trials, hyperparameters, metric, lowerIsBetter } = props;
  const [blue, orange] = useChartColours();
  const good = Math.max(1, Math.round(trials.length * goodShare));
  const options = useMemo(() => {
    const axes = [
      ...hyperparameters.map((name) =>
        axisOf(
          name,
          trials.map((trial) => trial.hyperparameters[name]),
          figure,
        ),
      ),
      axisOf(
        metric,
        trials.map(({ value }) => String(value)),
        figure,
      ),
    ];
    const order = trials.map((_, place) => place).sort((a, b) => trials[a]!.value - trials[b]!.value);
    if (!lowerIsBetter) order.reverse();
    const rank = new Map(order.map((place, at) => [place, at]));
    const rows = trials.flatMap((_, place) =>
      axes.flatMap(({ name, at }) =>
        at[place] === undefined ? [] : [{ trial: place, rank: rank.get(place)!, axis: name, at: at[place] }],
      ),
    );
    const names = axes.map(({ name }) => name);
    const lines = (from: number, to: number, stroke: string, strokeWidth: number, strokeOpacity: number) =>
      line(
        rows.filter(({ rank: each }) => each >= from && each < to),
        { x: 'axis', y: 'at', z: 'trial', stroke, strokeWidth, strokeOpacity },
      );
    const ends = (which: 0 | 1) =>
      text(axes, {
        x: 'name',
        y: () => which,
        text: (axis: (typeof axes)[number]) => axis.ends[which],
        dy: which === 0 ? 12 : -10,
        fill: 'currentColor',
      });
    return {
      marginLeft: 50,
      marginRight: 50,
      marginTop: 24,
      marginBottom: 52,
      x: { type: 'point' as const, domain: names, label: null },
      y: { domain: [0, 1], axis: null },
      marks: [
        ruleX(names, { stroke: 'currentColor', strokeOpacity: 0.5 }),
        lines(good, trials.length, 'currentColor', 1, 0.25),
        lines(1, good, blue!, 2, 0.9),
        lines(0, 1, orange!, 3.5, 1),
        ends(0),
        ends(1),
        axisX({ tickSize: 0, tickPadding: 22, lineWidth: 9, textOverflow: 'ellipsis' }),
      ],
    };
  }, [trials, hyperparameters, metric, lowerIsBetter, good, blue, orange]);
  const title = `The best of ${trials.length} trials is drawn thick${good === 1 ? ' and in colour' : `, the best ${good} in colour`}; the ends of an axis are the least and the most that was tried.`;
  return (
    <figure className="figure">
      <figcaption>{title}</figcaption>
      <section
        className="graph"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
        aria-label="Trials as lines"
      >
        <div style={{ minWidth: (hyperparameters.length + 1) * axisWidth }}>
          <Drawing label={`${title} The table of trials below has the same numbers.`} height={300} options={options} />
        </div>
      </section>
    </figure>
  );
}
