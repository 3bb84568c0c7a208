import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type Policy, waitMs } from '../../src/auth/throttle/backoff.ts'
import { type CounterName, usualCounters } from '../../src/auth/throttle/policies.ts'
import { afterAttempt, type Counter, withoutAttempt } from '../support/backoff-model.ts'

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs/security/threat-model.md'), 'utf8')

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
    ['at one or many prefixes where the owner never logged in', elsewhere],
    ['the same, and the owner logs in all the time', whileOwnerLogsIn],
    ['at a prefix where the owner has logged in', atHome],
    ['the same, and the owner logs in there all the time', besideOwner]
  ] as const)
    t.same(cells(page, label).map(Number.parseFloat), figures(times), label)
})

t.test('The threat model states how many codes are compared for an attacker', async t => {
  for (const [label, all] of [
    ['in `otp`', [attempts([code, consecutiveCodes])]],
    ['in `otp`, while the owner logs in with the app all the time', [attempts([code])]],
    ['after the password, at prefixes where the owner never logged in', [elsewhere]],
    ['after the password, at a prefix where the owner has logged in', [besideOwner]],
    ['both ways, there, while the owner logs in with the app all the time', [besideOwner, attempts([code])]]
  ] as const) {
    const counted = figures(...all)
    const percent = withinYear(counted)
    const stated = [...counted, percent < 1 ? Number(percent.toFixed(2)) : Math.round(percent)]
    t.same(cells(page, label).slice(0, 4).map(Number.parseFloat), stated, label)
  }
})

t.test('The threat model states what prefixes may guess, and when an app closes', async t => {
  const flat = page.replace(/\s+/g, ' ')
  const hourly = ({ forgiveMs }: Policy) => 3_600_000 / forgiveMs
  const [prefix, knownPrefix] = [policyOf('prefix'), policyOf('known-prefix')]
  t.match(
    flat,
    `One prefix can check ${prefix.free} passwords of different accounts at once and then ${hourly(prefix)} an`
  )
  t.match(flat, `accounts of its own ${knownPrefix.free} at once and ${hourly(knownPrefix)} an hour at these`)
  const last = attempts([code])[consecutiveCodes.free - 1] as number
  t.match(flat, `${consecutiveCodes.free} wrong codes in about ${Math.round(last / 3_600_000)} hours`)
})
