import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type Policy, waitMs } from '../../../src/auth/throttle/backoff.ts'
import { type CounterName, usualCounters } from '../../../src/auth/throttle/policies.ts'
import { afterAttempt, type Counter, withoutAttempt } from '../../support/backoff-model.ts'

const root = join(import.meta.dirname, '../../..')
const page = readFileSync(join(root, 'docs/evidence/threat-model.md'), 'utf8')

/** The cells after the first one of the row of a Markdown table that begins with `label`. */
const cells = (text: string, label: string) =>
  (text.split('\n').find(line => line.startsWith(`| ${label} `)) ?? '')
    .split('|')
    .slice(2, -1)
    .map(cell => cell.trim())

const dayMs = 86_400_000
const days = 30
const policyOf = (name: CounterName): Policy => usualCounters[name].policy
const [account, known, code] = [policyOf('account'), policyOf('known'), policyOf('code')]
const [consecutive, consecutiveCodes] = [policyOf('consecutive'), policyOf('consecutive-codes')]

/**
 * When the attempts of an attacker are counted who tries again as soon as none of `counted` imposes a wait. With
 * `forgiven`, the owner logs in before each attempt, and the right password forgives failures.
 */
function attempts(counted: Policy[], { forgiven = false } = {}): number[] {
  const counters: (Counter | undefined)[] = counted.map(() => undefined)
  const wait = (at: number) =>
    Math.max(...counted.map((policy, n) => (counters[n] ? waitMs(policy, counters[n], at) : 0)))
  const take = (at: number) => {
    for (const [n, policy] of counted.entries()) counters[n] = afterAttempt(policy, counters[n], at)
  }
  const logIn = (at: number) => {
    take(at)
    for (const [n, policy] of counted.entries()) {
      const counter = counters[n] as Counter
      counters[n] = withoutAttempt(policy, counter, { waitsUntil: counter.waitsUntil, forgives: true }, at)
    }
  }
  const times: number[] = []
  for (let at = dayMs; at < (days + 1) * dayMs; ) {
    if (forgiven && wait(at) === 0) logIn(at)
    const due = wait(at)
    if (due === 0) {
      take(at)
      times.push(at - dayMs)
    } else at += due
  }
  return times
}

/** How many attempts come at once, in the first day and in the worst later one. */
const figures = (...all: number[][]) => {
  const times = all.flat()
  const inDay = Array.from({ length: days }, (_, day) => times.filter(at => Math.floor(at / dayMs) === day).length)
  return [times.filter(at => at === 0).length, inDay[0], Math.max(...inDay.slice(1))] as [number, number, number]
}

/** The percentage of a year's guesses at a code of six digits, of which two are valid, that find one. */
const withinYear = ([, first, later]: [number, number, number]) => 100 * (1 - (1 - 2e-6) ** (first + 364 * later))

const elsewhere = attempts([account, consecutive])
const whileOwnerLogsIn = attempts([account])
const atHome = attempts([known])
const besideOwner = attempts([known], { forgiven: true })

t.test('The threat model states how many passwords are checked for an attacker', async t => {
  for (const [label, times] of [
    ['passwords, where the owner never logged in', elsewhere],
    ['passwords, where the owner never logged in, while they log in elsewhere', whileOwnerLogsIn],
    ['passwords, where the owner has logged in', atHome],
    ['passwords, where the owner has logged in, while they log in', besideOwner]
  ] as const)
    t.same(cells(page, label).slice(0, 3).map(Number.parseFloat), figures(times), label)
})

t.test('The threat model states how many codes are compared for an attacker', async t => {
  for (const [label, all] of [
    ['codes in `otp`', [attempts([code, consecutiveCodes])]],
    ['codes in `otp`, while the owner logs in with the app', [attempts([code])]],
    ['codes after the password, where the owner never logged in', [elsewhere]],
    ['codes after the password, where the owner has logged in', [besideOwner]],
    ['codes both ways, where the owner has logged in, while they log in with the app', [besideOwner, attempts([code])]]
  ] as const) {
    const counted = figures(...all)
    const percent = withinYear(counted)
    const stated = [...counted, percent < 1 ? Number(percent.toFixed(2)) : Math.round(percent)]
    t.same(cells(page, label).slice(0, 4).map(Number.parseFloat), stated, label)
  }
})
