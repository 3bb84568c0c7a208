import * as echarts from 'echarts'

/** A chart as SVG, drawn without a browser. `title` is for screen readers. */
export function drawSvg(title: string, size: { width: number; height: number }, option: object): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size })
  chart.setOption({ animation: false, backgroundColor: '#ffffff', ...option })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return (
    svg
      .replace('>', ` role="img"><title>${title}</title>`)
      // The styles are for pointing at the chart in a page.
      .replace(/<style.*<\/style>\n?/s, '')
      // Their names, and those of clip paths, count the drawings of this process.
      .replaceAll(/ class="[^"]*"|(?<=\bzr)\d+(?=-)/g, '')
  )
}
