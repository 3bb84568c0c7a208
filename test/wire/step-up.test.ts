import t from 'tap'
import type { StepUp } from '../../src/verifier.ts'
import { isSatisfied } from '../../src/wire/step-up.ts'

const start = new Date('2026-01-31T12:00:00.000Z')
const after = (seconds: number) => new Date(start.getTime() + seconds * 1000)

t.test('A class is satisfied by itself and by stronger ones; an unknown class satisfies none', async t => {
  const scenarios: [asked: 'aal1' | 'aal2', acr: string | undefined, satisfied: boolean][] = [
    ['aal1', 'aal1', true],
    ['aal1', 'aal2', true],
    ['aal1', undefined, false],
    ['aal1', 'aal3', false],
    ['aal2', 'aal2', true],
    ['aal2', 'aal1', false],
    ['aal2', undefined, false],
    ['aal2', 'AAL2', false],
    ['aal2', 'aal1 aal2', false],
    ['aal2', '', false]
  ]
  for (const [asked, acr, satisfied] of scenarios)
    t.equal(isSatisfied({ acr: asked }, { acr, authTime: start }, start), satisfied, `${acr} for ${asked}`)
})

t.test('A login is recent up to the age and the leeway, and never without a time', async t => {
  const scenarios: [seconds: number, leeway: number, satisfied: boolean][] = [
    [0, 0, true],
    [300, 0, true],
    [300.001, 0, false],
    [310, 10, true],
    [310.001, 10, false]
  ]
  const login = { acr: 'aal1', authTime: start }
  for (const [seconds, leeway, satisfied] of scenarios)
    t.equal(isSatisfied({ maxAge: 300 }, login, after(seconds), leeway), satisfied, `${seconds} s with ${leeway} s`)
  t.notOk(isSatisfied({ maxAge: 300 }, { acr: 'aal2', authTime: undefined }, start))
})

t.test('Both members of a step-up have to be satisfied', async t => {
  const both: StepUp = { acr: 'aal2', maxAge: 300 }
  t.ok(isSatisfied(both, { acr: 'aal2', authTime: start }, after(300)))
  t.notOk(isSatisfied(both, { acr: 'aal1', authTime: start }, after(300)))
  t.notOk(isSatisfied(both, { acr: 'aal2', authTime: start }, after(301)))
})
