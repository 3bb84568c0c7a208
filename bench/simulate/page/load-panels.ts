import type { Results } from '../results.ts'
import type { Window } from '../scenarios/window.ts'
import { line } from './chart.ts'

/** A day with both sizes. */
export function dayPanels({ day: { small, large } }: Results) {
  type Hour = (typeof small)[number]
  const hours = { name: 'hour', min: 0, max: 23 }
  const both = (y: (hour: Hour) => number) => [
    line('100 million accounts', large, ({ hour }) => hour, y),
    line('1 million accounts', small, ({ hour }) => hour, y)
  ]
  return [
    {
      title: 'Requests a second, 100 million accounts (assumed)',
      x: hours,
      y: { name: '1/s' },
      series: [
        line(
          'refreshes',
          large,
          ({ hour }) => hour,
          ({ rates }) => rates.refreshes
        ),
        line(
          'password checks',
          large,
          ({ hour }) => hour,
          ({ rates }) => rates.logins + rates.failures
        )
      ]
    },
    {
      title: 'Use of the hash cores (simulated)',
      x: hours,
      y: { name: '%', min: 0, max: 100 },
      series: both(({ use }) => use.hash * 100)
    },
    {
      title: 'Login, p99 (simulated)',
      x: hours,
      y: { name: 'ms', min: 0 },
      series: both(({ login }) => login.p99 * 1000)
    }
  ]
}

/** Both sizes at shares of their capacity. */
export function loadPanels({ loads: { small, large } }: Results) {
  const load = { name: '% of the capacity', min: 50, max: 105 }
  const at = (one: { load: number }) => Math.round(one.load * 100)
  const latencies = (title: string, levels: typeof small) => ({
    title,
    x: load,
    y: { name: 's', isLogarithmic: true },
    series: (['p50', 'p95', 'p99'] as const).map(name => line(name, levels, at, ({ login }) => login[name]))
  })
  const shed = ({ shed }: Window) => shed * 100
  return [
    latencies('First attempt of a login, 100 million accounts, 7 hash cores a node (simulated)', large),
    latencies('First attempt of a login, 1 million accounts, 2 hash cores a node (simulated)', small),
    {
      title: 'Attempts that the hash queue refuses (simulated)',
      x: load,
      y: { name: '%', min: 0, max: 100 },
      series: [line('100 million accounts', large, at, shed), line('1 million accounts', small, at, shed)]
    }
  ]
}
