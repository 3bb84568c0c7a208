import { enrol } from '../../../../test/support/second-factor.ts'
import type { SecondFactor } from '../../src/index.ts'
import type { createClientWorld } from './client-world.ts'

type World = Awaited<ReturnType<typeof createClientWorld>>

/** Enrols an authenticator app for `alice`, whose logins end. */
export const enrolAlice = ({ app, advance }: Pick<World, 'app' | 'advance'>) =>
  enrol({ app, clock: { now: () => new Date(Date.now()), advance } })

/** A `secondFactor` that gives these answers in turn, and the challenges that it was given. */
export function answers(...given: (Awaited<ReturnType<SecondFactor>> | (() => ReturnType<SecondFactor>))[]) {
  const asked: Parameters<SecondFactor>[0][] = []
  const secondFactor: SecondFactor = async challenge => {
    asked.push(challenge)
    const answer = given[asked.length - 1]
    return typeof answer === 'function' ? await answer() : answer
  }
  return { asked, secondFactor }
}

/** The claims of the stored access token. */
export function storedClaims({ values }: Pick<World, 'values'>): Record<string, unknown> {
  const { accessToken } = JSON.parse([...values.values()].join())
  return JSON.parse(Buffer.from(String(accessToken.split('.')[1]), 'base64url').toString())
}
