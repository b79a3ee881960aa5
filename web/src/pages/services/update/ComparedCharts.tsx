import { useMemo } from "react";
import { area, type Point } from "../../../charts/curve";
import { figure, fixed, percent } from "../../../charts/figures";
import { HeatMap } from "../../../charts/HeatMap";
import { Legend } from "../../../charts/Legend";
import { LineChart, type Series } from "../../../charts/LineChart";
import { extent, nice } from "../../../charts/scale";
import { Scatter } from "../../../charts/Scatter";
import { rocPoints } from "../../evaluation/thresholds";
import { type Both, type ComparedChart } from "./comparedSides";

const HEIGHT = 240;
const UNIT = [0, 1] as const;
const DIAGONAL = [[{ x: 0, y: 0 }, { x: 1, y: 1 }]];
/** The new model has the colour of what changes, as in the cloud beside it; the one in use stays grey. */
const NEW = 3;
const IN_USE = 7;

interface ChartProps {
  chart: ComparedChart;
  /** The words for both models. */
  names: Both<string>;
}

/** Both models on the rows held back, as models of their kind are looked at. */
export function ComparedCharts({ chart, names }: ChartProps) {
  switch (chart.kind) {
    case "roc":
      return <Roc curves={chart.curves} names={names} />;
    case "predictions":
      return <Predictions points={chart.points} names={names} />;
    case "matrices":
      return <Matrices labels={chart.labels} counts={chart.counts} names={names} />;
  }
}

function Roc({ curves, names }: { curves: Extract<ComparedChart, { kind: "roc" }>["curves"]; names: Both<string> }) {
  const series = useMemo<Series[]>(
    () => [
      { name: names.new, tone: NEW, points: rocPoints(curves.new) },
      { name: names.inUse, tone: IN_USE, points: rocPoints(curves.inUse), reference: true },
    ],
    [curves, names],
  );
  const areas = series.map(({ points }) => fixed(area(points)));
  return (
    <figure>
      <figcaption className="t12 med">ROC</figcaption>
      <LineChart
        name={`ROC. ${series.map(({ name }, place) => `${name}: AUC ${areas[place]}`).join(", ")}`}
        x={{ domain: UNIT, label: "False positive rate" }}
        y={{ domain: UNIT, label: "True positive rate" }}
        series={series}
        references={DIAGONAL}
        height={HEIGHT}
        tip={(each, place) => {
          const { x, y } = each.points[place]!;
          return { value: `${percent(y)} found`, what: `${percent(x)} falsely, ${each.name}` };
        }}
      >
        {(frame) => (
          <Legend
            x={frame.left + (frame.right - frame.left) * 0.32}
            y={frame.bottom - 30}
            room={16}
            entries={series.map(({ tone, name }, place) => ({ tone, name, value: areas[place] }))}
          />
        )}
      </LineChart>
    </figure>
  );
}

function Predictions({ points, names }: { points: Extract<ComparedChart, { kind: "predictions" }>["points"]; names: Both<string> }) {
  const clouds = useMemo(() => {
    const cloud = ({ actual, predicted }: typeof points.new): Point[] => actual.map((x, place) => ({ x, y: predicted[place]! }));
    return [
      { name: names.inUse, tone: IN_USE, points: cloud(points.inUse) },
      { name: names.new, tone: NEW, points: cloud(points.new) },
    ];
  }, [points, names]);
  const domain = useMemo(() => nice(extent(clouds.flatMap((cloud) => cloud.points.flatMap(({ x, y }) => [x, y])))), [clouds]);
  const [low, high] = domain;
  return (
    <figure>
      <figcaption className="t12 med">Predicted and actual</figcaption>
      <Scatter
        name={`Predicted against actual, of ${figure(points.new.rows)} rows`}
        x={{ domain, label: "Actual" }}
        y={{ domain, label: "Predicted" }}
        clouds={clouds}
        height={HEIGHT}
        references={[[{ x: low, y: low }, { x: high, y: high }]]}
      >
        {(frame) => <Legend x={frame.left + 14} y={frame.top + 14} room={20} entries={clouds.map(({ tone, name }) => ({ tone, name }))} />}
      </Scatter>
    </figure>
  );
}

function Matrices({ labels, counts, names }: { labels: string[]; counts: Both<number[][]>; names: Both<string> }) {
  return (["inUse", "new"] as const).map((side) => {
    const right = counts[side].reduce((sum, row, place) => sum + (row[place] ?? 0), 0);
    return (
      <figure key={side}>
        <figcaption className="t12 med cut">{`Confusion matrix, ${names[side]}`}</figcaption>
        <HeatMap
          name={`Confusion matrix of ${names[side]}: ${right} rows on the diagonal`}
          rows={labels}
          columns={labels}
          counts={counts[side]}
          rowWord="is"
          columnWord="says"
        />
      </figure>
    );
  });
}
