import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import { clientToken } from '../support/administrator.ts'
import { bearer, logIn } from '../support/app.ts'
import { signAs } from '../support/forgeries.ts'
import { createApi, modes, startIssuer, stepUps } from '../support/resource-server.ts'
import { stepUp } from '../support/step-up.ts'

type Api = Awaited<ReturnType<typeof createApi>>

/** The names of the routes that admit the token; every other route has to refuse it with its whole challenge. */
async function admitting(t: Test, { app }: Api, token: string) {
  const admitted: string[] = []
  for (const [what, { acr, maxAge }] of Object.entries<{ acr?: string; maxAge?: number }>(stepUps)) {
    const answer = await app.inject({ url: `/asked/${what}`, headers: bearer(token) })
    if (answer.statusCode === 200) {
      admitted.push(what)
      continue
    }
    const description = `This request needs a login${acr === 'aal2' ? ' with two factors' : ''}${maxAge ? ` that is at most ${maxAge} seconds old` : ''}.`
    t.equal(answer.statusCode, 401, what)
    t.equal(
      answer.headers['www-authenticate'],
      [
        'Bearer realm="sallyport"',
        'error="insufficient_user_authentication"',
        `error_description="${description}"`,
        ...(acr ? [`acr_values="${acr}"`] : []),
        ...(maxAge ? [`max_age="${maxAge}"`] : [])
      ].join(', ')
    )
    t.strictSame(answer.json(), {
      statusCode: 401,
      code: 'insufficient_user_authentication',
      error: 'Unauthorized',
      message: description
    })
  }
  return admitted
}

for (const [mode, option] of modes) {
  t.test(`${mode}: a login that does not satisfy a step-up gets a 401 with the challenge (RFC 9470 §3)`, async t => {
    const issuer = await startIssuer(t)
    const api = await createApi(t, { ...issuer.options, ...(await option(issuer)) })
    const first = issuer.tokens
    t.strictSame(await admitting(t, api, first.access_token), ['anyLogin', 'recent'])
    issuer.clock.advance(310)
    t.strictSame(await admitting(t, api, first.access_token), ['anyLogin', 'recent'], 'within the leeway of 10 s')
    issuer.clock.advance(1)
    t.strictSame(await admitting(t, api, first.access_token), ['anyLogin'])

    const refresh = (refresh_token: string) => logIn(issuer.app, { grant_type: 'refresh_token', refresh_token })
    const second = await refresh(first.refresh_token)
    t.strictSame(await admitting(t, api, second.access_token), ['anyLogin'], 'a refresh is not a login')

    await stepUp(issuer.app, second.access_token)
    t.strictSame(await admitting(t, api, second.access_token), ['anyLogin'], 'the claims of the token decide')
    const third = await refresh(second.refresh_token)
    t.strictSame(await admitting(t, api, third.access_token), ['twoFactors', 'anyLogin', 'recent', 'both'])
    issuer.clock.advance(311)
    t.strictSame(await admitting(t, api, third.access_token), ['twoFactors', 'anyLogin'])
  })

  t.test(`${mode}: a client's own token has no login, and satisfies no step-up`, async t => {
    const issuer = await startIssuer(t)
    const api = await createApi(t, { ...issuer.options, ...(await option(issuer)) })
    const { id, token: access_token } = await clientToken(issuer.app, 'job', ['orders:read'])
    const { acr, amr, authTime, clientId } = (
      await api.app.inject({ url: '/orders', headers: bearer(access_token) })
    ).json()
    t.strictSame(
      { acr, amr, authTime, clientId },
      { acr: undefined, amr: undefined, authTime: undefined, clientId: id }
    )
    t.strictSame(await admitting(t, api, access_token), [])
  })

  t.test(`${mode}: the scope is checked first, and an invalid token learns nothing (RFC 9470 §9)`, async t => {
    const issuer = await startIssuer(t)
    const api = await createApi(t, { ...issuer.options, ...(await option(issuer)) })
    const { access_token } = await logIn(issuer.app, { scope: 'me' })
    for (const [token, status, code] of [
      [access_token, 403, 'insufficient_scope'],
      [`${issuer.tokens.access_token}x`, 401, 'invalid_token']
    ] as const) {
      const answer = await api.app.inject({ url: '/asked/both', headers: bearer(token) })
      t.match({ status: answer.statusCode, ...answer.json() }, { status, code })
      t.notMatch(answer.headers['www-authenticate'], /acr_values|max_age/)
    }
  })
}

t.test('Offline: a token whose acr, amr or auth_time is not what RFC 9068 §2.2.1 defines is invalid', async t => {
  const issuer = await startIssuer(t)
  const api = await createApi(t, issuer.options)
  const claims = decodeJwt(issuer.tokens.access_token)
  const wrong: object[] = [
    { acr: 2 },
    { acr: '' },
    { acr: ['aal2'] },
    { amr: 'mfa' },
    { amr: [1] },
    { auth_time: '2026-01-31' },
    { auth_time: null }
  ]
  for (const claim of wrong) {
    const answer = await api.app.inject({
      url: '/any',
      headers: bearer(signAs(issuer.app, { ...claims, ...claim }, {}))
    })
    t.match(answer.json(), { statusCode: 401, code: 'invalid_token' }, JSON.stringify(claim))
  }
  const { acr, amr, auth_time, ...none } = claims
  const headers = bearer(signAs(issuer.app, none, {}))
  t.equal((await api.app.inject({ url: '/any', headers })).statusCode, 200, 'they are optional')
  for (const what of Object.keys(stepUps))
    t.equal((await api.app.inject({ url: `/asked/${what}`, headers })).statusCode, 401, what)
})
