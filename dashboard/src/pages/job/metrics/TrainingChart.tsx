import '@patternfly/patternfly/patternfly-charts.css';
import { Chart, ChartAxis, ChartLine, ChartThemeColor, ChartVoronoiContainer } from '@patternfly/react-charts/victory';

import type { ProgressLine } from '~/api/types';
import { words } from '~/words/words';

import { clock, domain, summary, valueOf, type Told } from './training';

const size = { width: 400, height: 170 };

/** TrainingChart is one number of a program over time. */
export default function TrainingChart({ told }: { told: Told & { line: ProgressLine } }) {
  const data = (told.line.points ?? []).map((p) => ({ x: Date.parse(p.time), y: p.value }));
  const [from, to] = [data[0]?.x ?? 0, data.at(-1)?.x ?? 0];
  const time = (at: number) => clock(at, to - from);
  return (
    <div style={{ maxInlineSize: size.width, aspectRatio: `${size.width} / ${size.height}` }}>
      <Chart
        ariaTitle={told.title}
        ariaDesc={summary(told)}
        containerComponent={<ChartVoronoiContainer labels={({ datum }: { datum: { x: number; y: number } }) => words.progress.point(valueOf(told, datum.y), time(datum.x))} constrainToVisibleArea />}
        name={`training-${told.percent ? '' : told.title}`}
        domain={{ x: [from, Math.max(to, from + 1000)], y: domain(told) }}
        padding={{ bottom: 35, left: 65, right: 25, top: 10 }}
        themeColor={ChartThemeColor.blue}
        {...size}
      >
        <ChartAxis tickFormat={time} tickCount={3} fixLabelOverlap />
        <ChartAxis dependentAxis showGrid tickFormat={(v: number) => valueOf(told, v)} tickCount={3} />
        <ChartLine data={data} />
      </Chart>
    </div>
  );
}
