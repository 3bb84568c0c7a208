import { useEffect, useRef, useState } from 'preact/hooks'
import { texts } from '../texts.ts'
import type { Bar, Range } from './bars.ts'
import { outcomes } from './outcome.ts'

const t = texts.audit.plot

/** Stacked bars, and the legend of their colours. */
export function Drawing({ bars, by, text }: { bars: Bar[]; by: Range['by']; text: string }) {
  const element = useRef<HTMLDivElement>(null)
  const [isMissing, setMissing] = useState(false)
  useEffect(() => {
    let remove: (() => void) | undefined
    let isOver = false
    async function draw() {
      const { drawBars } = await import('./draw.ts')
      if (!isOver && element.current) remove = drawBars(element.current, bars, by, text)
    }
    draw().then(
      () => setMissing(false),
      () => setMissing(true)
    )
    return () => {
      isOver = true
      remove?.()
    }
  }, [bars, by, text])
  return (
    <div ref={element}>
      <ul class="legend">
        {outcomes.map(outcome => (
          <li key={outcome}>
            <span class={`swatch ${outcome}`} /> {t.outcomes[outcome]}
          </li>
        ))}
      </ul>
      {isMissing && <p class="hint">{t.missing}</p>}
      <div class="plot" />
    </div>
  )
}
