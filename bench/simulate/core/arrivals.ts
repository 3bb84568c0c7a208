import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

/** Calls `arrive` at random until the time `end`, `perSecond` times a second on average (a Poisson process). */
export function arrivals(
  { clock, random }: { clock: Clock; random: Random },
  perSecond: number,
  end: number,
  arrive: () => void
) {
  if (perSecond === 0) return
  const next = () => {
    const wait = random.exponential(1 / perSecond)
    if (clock.now() + wait > end) return
    clock.after(wait, () => {
      arrive()
      next()
    })
  }
  next()
}
