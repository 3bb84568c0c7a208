import type { CustomSeriesOption, SeriesOption } from 'echarts'
import { bound, type Goal, isFollowed } from './figures/figure.ts'
import type { Published } from './history.ts'
import { type Entry, lineId } from './history.ts'
import { drawSvg } from './svg.ts'

const columns = 3
const panel = { width: 320, height: 190 }
const top = 40
const colours = { must: '#cf222e', whisker: '#57606a', models: ['#1f6feb', '#9a6700', '#8250df', '#1a7f37'] }

interface Panel {
  title: string
  what: string
  goal: Goal
  points: (Entry['lines'][string] | undefined)[]
}

/** A panel for each followed line that is still measured. */
const panels = ({ figures, history }: Published): Panel[] =>
  figures.flatMap(({ name, title, lines }) =>
    lines.filter(isFollowed).flatMap(({ key, what, goal }) => {
      const points = history.map(({ lines }) => lines[lineId(name, key)])
      return points.some(Boolean) ? [{ title, what, goal: goal as Goal, points }] : []
    })
  )

const whisker: CustomSeriesOption['renderItem'] = (_, api) => {
  const [column, min, max] = [api.value(0), api.value(1), api.value(2)]
  const [x1 = 0, y1 = 0] = api.coord([column, min])
  const [x2 = 0, y2 = 0] = api.coord([column, max])
  return { type: 'line', shape: { x1, y1, x2, y2 }, style: { stroke: colours.whisker, lineWidth: 1.5 } }
}

/** Each ratio over the commits: a point for each median, in the colour of its machine, and the must as a line. */
export function renderHistory(published: Published): string {
  const { history } = published
  const models = [...new Set(history.map(({ model }) => model))]
  const all = panels(published)
  const place = (i: number) => ({
    left: (i % columns) * panel.width,
    top: top + Math.floor(i / columns) * panel.height
  })
  const size = { width: columns * panel.width, height: top + Math.ceil(all.length / columns) * panel.height }

  const series = ({ points, goal }: Panel, i: number): SeriesOption[] => {
    const axes = { xAxisIndex: i, yAxisIndex: i }
    return [
      {
        type: 'line',
        name: 'must',
        ...axes,
        symbol: 'none',
        color: colours.must,
        lineStyle: { type: 'dashed', width: 1.5 },
        data: history.map(() => goal.must)
      },
      {
        type: 'custom',
        ...axes,
        renderItem: whisker,
        data: points.flatMap((point, column) => (point ? [[column, point.min, point.max]] : [])),
        encode: { x: 0, y: [1, 2] }
      },
      ...models.map((model, n) => ({
        type: 'line',
        name: model,
        ...axes,
        color: colours.models[n % colours.models.length],
        connectNulls: true,
        symbol: 'circle',
        symbolSize: 6,
        data: points.map((point, column) => (history[column]?.model === model ? point?.median : undefined))
      }))
    ]
  }

  return drawSvg('The ratios of Sallyport to its peers and ceilings, by commit', size, {
    legend: { data: [...models, 'must'], left: 10, top: 8, itemGap: 40 },
    title: all.map(({ title, what, goal }, i) => ({
      ...place(i),
      text: `${title} (${bound(goal, 'must')})`,
      subtext: what,
      itemGap: 4,
      textStyle: { fontSize: 12 },
      subtextStyle: { fontSize: 11 }
    })),
    grid: all.map((_, i) => ({
      left: place(i).left + 50,
      top: place(i).top + 55,
      width: panel.width - 75,
      height: panel.height - 90
    })),
    xAxis: all.map((_, gridIndex) => ({
      type: 'category',
      gridIndex,
      data: history.map(({ commit }) => commit.slice(0, 7))
    })),
    yAxis: all.map((_, gridIndex) => ({ type: 'value', gridIndex, scale: true, splitNumber: 3 })),
    series: all.flatMap(series)
  })
}
