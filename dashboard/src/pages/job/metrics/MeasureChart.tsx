import '@patternfly/patternfly/patternfly-charts.css';
import { Chart, ChartAxis, ChartGroup, ChartLine, ChartThemeColor, ChartThreshold, ChartVoronoiContainer } from '@patternfly/react-charts/victory';

import { words } from '~/words/words';

import { summary, type Measure } from './series';

const w = words.job.metrics;
const size = { width: 720, height: 260 };
/** The limit's colour, in the line and in the legend: of text, as every other one may be a Worker's. */
const limitColour = 'var(--pf-t--global--text--color--subtle)';

/** MeasureChart is one measure over time, a line for each pod, and the limit as a dashed one. */
export default function MeasureChart({ measure, limitName }: { measure: Measure; limitName: string }) {
  const { key, lines, limit } = measure;
  const times = lines.flatMap((l) => l.points.map((p) => p.x));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const highest = Math.max(limit ?? 0, ...lines.flatMap((l) => l.points.map((p) => p.y)));
  return (
    <div style={{ blockSize: size.height, maxInlineSize: size.width }}>
      <Chart
        ariaTitle={w.chart[key]}
        ariaDesc={summary(measure)}
        containerComponent={<ChartVoronoiContainer labels={({ datum }: { datum: { name?: string; y: number } }) => w.point(datum.name ?? '', w.amount[key](datum.y))} constrainToVisibleArea />}
        legendData={[...lines.map((l) => ({ name: l.name })), ...(limit === undefined ? [] : [{ name: limitName, symbol: { type: 'threshold', fill: limitColour } }])]}
        legendPosition="bottom"
        name={`metrics-${key}`}
        domain={{ x: [from, Math.max(to, from + 60_000)], y: [0, highest * 1.1 || 1] }}
        padding={{ bottom: 90, left: 70, right: 20, top: 15 }}
        themeColor={ChartThemeColor.multiUnordered}
        {...size}
      >
        <ChartAxis tickFormat={(t: number) => new Date(t).toLocaleTimeString()} tickCount={4} />
        <ChartAxis dependentAxis showGrid tickFormat={(v: number) => w.tick[key](v)} tickCount={5} />
        <ChartGroup>
          {lines.map((l) => (
            <ChartLine key={l.name} data={l.points.map((p) => ({ ...p, name: l.name }))} />
          ))}
        </ChartGroup>
        {limit !== undefined ? (
          <ChartThreshold
            style={{ data: { stroke: limitColour } }}
            data={[
              { x: from, y: limit, name: limitName },
              { x: Math.max(to, from + 60_000), y: limit, name: limitName },
            ]}
          />
        ) : (
          <ChartGroup />
        )}
      </Chart>
    </div>
  );
}
