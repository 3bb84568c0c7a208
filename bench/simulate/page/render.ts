import { drawSvg } from '../../svg.ts'
import type { Chart, Panel } from './chart.ts'

const width = 900
const [panelHeight, panelGap] = [220, 330]
const colours = ['#1f6feb', '#cf222e', '#1a7f37', '#9a6700', '#8250df', '#57606a', '#bf3989']

const axis = ({ name, isLogarithmic = false, min, max }: Panel['x'], gridIndex: number) => ({
  type: isLogarithmic ? ('log' as const) : ('value' as const),
  name,
  nameLocation: 'middle' as const,
  gridIndex,
  ...(min === undefined ? {} : { min }),
  ...(max === undefined ? {} : { max })
})

/** The chart as SVG, drawn without a browser. */
export function renderPanels({ title, panels }: Chart): string {
  const height = panels.length * panelGap + 20
  return drawSvg(
    title,
    { width, height },
    {
      color: colours,
      title: panels.map((panel, i) => {
        return { text: panel.title, left: 20, top: 12 + i * panelGap, textStyle: { fontSize: 14, fontWeight: 'bold' } }
      }),
      legend: panels.map(({ series }, i) => {
        return { data: series.map(({ name }) => name), left: 20, top: 34 + i * panelGap, itemWidth: 18 }
      }),
      grid: panels.map((_, i) => ({ left: 80, right: 40, top: 66 + i * panelGap, height: panelHeight - 20 })),
      xAxis: panels.map(({ x }, i) => ({ ...axis(x, i), nameGap: 26 })),
      yAxis: panels.map(({ y }, i) => ({ ...axis(y, i), nameGap: 54 })),
      series: panels.flatMap(({ series }, i) =>
        series.map(({ name, points, isDashed = false }, n) => ({
          type: 'line' as const,
          name,
          xAxisIndex: i,
          yAxisIndex: i,
          showSymbol: points.length < 30,
          symbolSize: 4,
          data: points.filter(point => point.every(Number.isFinite)),
          itemStyle: { color: colours[n % colours.length] as string },
          lineStyle: { width: 2, type: isDashed ? ('dashed' as const) : ('solid' as const) }
        }))
      )
    }
  )
}
