import { assumed } from '../model/assumptions.ts'
import type { Results } from '../results.ts'
import { line, type Series } from './chart.ts'
import { percent } from './markdown.ts'

/** What growth reaches. */
export function growthPanels({ growth: { common, attacked } }: Results) {
  type Growth = (typeof common)[number]
  const sized = ({ size }: Growth) => size.accounts / 1e6
  const [few, many] = [percent(assumed('failedShare')), percent(assumed('attackedShare'))]
  return [
    {
      title: 'Use of what one primary has once, while nodes grow with the accounts (simulated)',
      x: { name: 'million accounts', min: 0, max: 1000 },
      y: { name: '%', min: 0, max: 100 },
      series: [
        line(
          'bandwidth of the disk',
          common,
          sized,
          ({ perSecond }) => perSecond.walBytes / assumed('diskMegabytes') / 1e4
        ),
        line(`64 cores of PostgreSQL, ${few} wrong passwords`, common, sized, ({ use }) => use.database * 100),
        line(`the same, ${many}`, attacked, sized, ({ use }) => use.database * 100, true),
        line('hash cores', common, sized, ({ use }) => use.hash * 100)
      ]
    }
  ]
}

/** A herd that comes back. */
export function herdPanels({ herd }: Results) {
  const back = (name: string, times: number[], isDashed = false): Series => ({
    name,
    points: times.map((seconds, share) => [seconds / 60, share]),
    isDashed
  })
  return [
    {
      title: 'Clients that are back, 1 million accounts, all log in at once (simulated)',
      x: { name: 'min', min: 0 },
      y: { name: '%', min: 0, max: 100 },
      series: [
        back('wait 1 to 2 s after a refusal', herd.constant.times),
        back('double the wait', herd.doubling.times, true),
        back('double the wait, twice the hash cores', herd.moreCores.times)
      ]
    }
  ]
}
