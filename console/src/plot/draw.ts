import uPlot from 'uplot'
import { locale } from '../language.ts'
import type { Bar, Range } from './bars.ts'
import { type Outcome, outcomes } from './outcome.ts'
import { labelOf } from './times.ts'

/** The least room for a label below a bar, in pixels. */
const labelWidth = 64
/** The room for the numbers beside the bars. */
const numbersWidth = 50

/**
 * Draws stacked bars into the element `.plot` of `figure`, in the colours of its elements `.swatch`, and again when its
 * size or the theme changes. `text` is for screen readers. Returns a function that removes the plot.
 */
export function drawBars(figure: HTMLElement, bars: Bar[], by: Range['by'], text: string): () => void {
  const target = figure.querySelector('.plot') as HTMLElement
  const style = getComputedStyle(target)
  const colourOf = (outcome: Outcome) => getComputedStyle(figure.querySelector(`.swatch.${outcome}`) as Element)
  const timeOf = (at = 0) => bars[at]?.at ?? 0
  const topsOf = (top: number) => bars.map(bar => outcomes.slice(0, top + 1).reduce((sum, each) => sum + bar[each], 0))
  const axis = { stroke: () => style.color, ticks: { show: false } }
  const plot = new uPlot(
    {
      ...sizeOf(target),
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: [-0.5, bars.length - 0.5] },
        y: { range: (_, _least, most) => [0, Math.max(1, most)] }
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: by === 'day' ? 26 : 40,
          splits: u => every(Math.ceil((bars.length * labelWidth) / (u.width - numbersWidth)), bars.length),
          values: (_, splits) =>
            splits.map((at, n) => labelOf(by, timeOf(at), n > 0 ? timeOf(splits[n - 1]) : undefined))
        },
        {
          ...axis,
          grid: { stroke: () => style.borderTopColor, width: 1 },
          size: numbersWidth,
          incrs: wholes,
          values: (_, splits) => splits.map(count => compact.format(count))
        }
      ],
      series: [
        {},
        ...outcomes
          .map(outcome => ({
            fill: () => colourOf(outcome).backgroundColor,
            stroke: () => style.backgroundColor,
            width: 1,
            points: { show: false },
            paths: uPlot.paths.bars?.({ size: [0.9, 48] }) as uPlot.Series.PathBuilder
          }))
          .reverse()
      ]
    },
    [bars.map((_, at) => at), ...outcomes.map((_, top) => topsOf(top)).reverse()],
    target
  )
  plot.ctx.canvas.setAttribute('role', 'img')
  plot.ctx.canvas.setAttribute('aria-label', text)

  const resized = new ResizeObserver(() => plot.setSize(sizeOf(target)))
  resized.observe(target)
  const redraw = () => plot.redraw(false)
  const isDark = matchMedia('(prefers-color-scheme: dark)')
  isDark.addEventListener('change', redraw)
  return () => {
    isDark.removeEventListener('change', redraw)
    resized.disconnect()
    plot.destroy()
  }
}

const compact = new Intl.NumberFormat(locale, { notation: 'compact' })
const wholes = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map(digit => digit * 10 ** power)).flat()
const sizeOf = ({ clientWidth: width, clientHeight: height }: HTMLElement) => ({ width, height })
const every = (step: number, count: number) => Array.from({ length: Math.ceil(count / step) }, (_, n) => n * step)
