import type { StepUp } from './asked-login.ts'
import type { Endpoints } from './endpoints.ts'
import { type LoginStore, type SignedIn, signedInBy } from './login-store.ts'
import { createPkce } from './pkce.ts'
import type { Refresh } from './refresh.ts'
import { untilProved } from './second-factor.ts'
import { createTurns } from './turns.ts'

/** Raises the stored login: the user presents another factor, and the server adds it to the login. */
export function createStepUp(deps: { endpoints: Endpoints; logins: LoginStore; raise: Refresh['raise'] }) {
  const { endpoints, logins, raise } = deps
  // Two requests may be refused at once. The user is asked once, because the second step-up finds the raised login.
  const inTurn = createTurns()

  async function stepUp({ acr, maxAge, secondFactor }: StepUp): Promise<SignedIn | undefined> {
    const pkce = await createPkce()
    const { username } = (await logins.read()) ?? {}
    const login = await untilProved(
      () => raise(username, { acr_values: acr ?? '', max_age: maxAge === undefined ? '' : String(maxAge) }),
      async (authSession, presented) => {
        const { jkt } = (await logins.read()) ?? {}
        const form = { ...presented, auth_session: authSession }
        await endpoints.redeem(await endpoints.authorize(form, pkce, jkt), jkt)
        // Its tokens are not kept: a concurrent refresh may have replaced that refresh token. The next one takes its
        // turn.
        return await raise(username)
      },
      challenge => secondFactor({ ...challenge, acr })
    )
    return login && signedInBy(login)
  }

  return (asked: StepUp) => inTurn(() => stepUp(asked))
}
