import type { CustomSeriesOption, SeriesOption } from 'echarts'
import type { Line } from './figures/figure.ts'
import { shown } from './numbers.ts'
import type { Results } from './results.ts'
import { drawSvg } from './svg.ts'

const size = { width: 900, height: 530 }
const colours = { own: '#1f6feb', other: '#9aa4b2', whisker: '#30363d' }
const panelHeight = 170
const panelGap = 250

/** One panel: a bar for each measured entrant, with a whisker from the minimum to the maximum. */
interface Panel {
  title: string
  bars: { name: string; line: Line }[]
}

function panels({ figures }: Results): Panel[] {
  const pick = (figure: string, keyOf: (name: string) => string) => {
    const lines = figures.find(({ name }) => name === figure)?.lines ?? []
    return entrants.flatMap(({ key, name }) => {
      const line = lines.find(one => one.key === keyOf(key))
      return line ? [{ name, line }] : []
    })
  }
  return [
    {
      title: 'GET /users/me: requests a second ÷ bare Fastify (more is better)',
      bars: pick('me', key => (key === 'sallyport' ? 'to-bare' : `${key}-to-bare`))
    },
    {
      title: 'Password grants a second ÷ raw bcrypt (more is better)',
      bars: pick('token', key => `${key}-to-raw`)
    }
  ].filter(({ bars }) => bars.length > 0)
}

const entrants = [
  { key: 'better-auth', name: 'better-auth' },
  { key: 'nestjs', name: 'NestJS' },
  { key: 'express', name: 'Express' },
  { key: 'fastapi', name: 'FastAPI' },
  { key: 'sallyport', name: 'Sallyport' }
]

const whisker: CustomSeriesOption['renderItem'] = (_, api) => {
  const [row, from, to] = [api.value(0), api.value(1), api.value(2)]
  const [left, right] = [api.coord([from, row]), api.coord([to, row])]
  const [x1 = 0, y = 0] = left
  const [x2 = 0] = right
  const stroke = (shape: object) => ({
    type: 'line' as const,
    shape,
    style: { stroke: colours.whisker, lineWidth: 1.5 }
  })
  return {
    type: 'group',
    children: [
      stroke({ x1, y1: y, x2, y2: y }),
      stroke({ x1, y1: y - 5, x2: x1, y2: y + 5 }),
      stroke({ x1: x2, y1: y - 5, x2, y2: y + 5 })
    ]
  }
}

const series = ({ bars }: Panel, index: number): SeriesOption[] => {
  const axes = { xAxisIndex: index, yAxisIndex: index }
  return [
    {
      type: 'bar',
      ...axes,
      barWidth: '60%',
      data: bars.map(({ name, line }) => ({
        value: line.median,
        itemStyle: { color: name === 'Sallyport' ? colours.own : colours.other }
      }))
    },
    {
      type: 'custom',
      z: 10,
      ...axes,
      renderItem: whisker,
      data: bars.map(({ line }, row) => [row, line.min, line.max]),
      encode: { x: [1, 2], y: 0 }
    }
  ]
}

/** The chart of the newest results as SVG. */
export function renderChart(results: Results): string {
  const shownPanels = panels(results)
  return drawSvg('Sallyport, its peers and ceilings: medians and spreads', size, {
    title: shownPanels.map(({ title }, i) => {
      return { text: title, left: 20, top: 15 + i * panelGap, textStyle: { fontSize: 14, fontWeight: 'bold' } }
    }),
    grid: shownPanels.map((_, i) => {
      return { left: 150, right: 70, top: 45 + i * panelGap, height: panelHeight }
    }),
    xAxis: shownPanels.map((_, gridIndex) => ({ type: 'value', gridIndex, min: 0 })),
    yAxis: shownPanels.flatMap(({ bars }, gridIndex) => {
      return {
        type: 'category',
        gridIndex,
        data: bars.map(({ name, line }) => `${name}  ${shown(line.median)}`)
      }
    }),
    series: shownPanels.flatMap(series)
  })
}
