import { password } from '../../test/support/app.ts'
import { type Attempt, claimsOf } from './attacker.ts'
import { billing, issuer, orders } from './world.ts'

const aim = 'an audience'

/** Other ways to write the names of APIs; none is the name of one. */
const spellings = [billing, orders].flatMap(api => [
  api.toUpperCase(),
  api.replace('https', 'HTTPS'),
  api.replace('example', 'EXAMPLE'),
  `${api}/`,
  `${api}#fragment`,
  `${api}#`,
  `${api}?`,
  `${api}:443`,
  `${api}/../`,
  `${api}.`,
  `${api} `,
  ` ${api}`,
  `${api}\t`,
  `${api} ${issuer}`,
  `${api},${orders}`,
  api.replace('https', 'http'),
  api.replace('//', '//x@'),
  api.replace('.example', '%2eexample'),
  `["${api}"]`
])

/** Attempts to get a token for an API that may not have one. */
export const audienceAttempts: Attempt[] = [
  {
    aim,
    name: 'name several resources, or one by another parameter',
    async run({ ask, logIn, asApi }) {
      const { refresh_token } = await logIn()
      const parameters = [
        `resource=${orders}&resource=${billing}`,
        `resource=${billing}&resource=${orders}`,
        `resource=${orders}&resource=${orders}`,
        `resource=&resource=${billing}`,
        `resource=${billing}`,
        `resource=${encodeURIComponent(`${orders}&resource=${billing}`)}`
      ]
      for (const parameter of parameters) {
        const form = `grant_type=password&username=mallory&password=${encodeURIComponent(password)}&${parameter}`
        await ask('/token', { form, expect: [400, 503] })
        await ask('/token', { form: `grant_type=refresh_token&refresh_token=${refresh_token}&${parameter}` })
        await ask('/token', { form: `grant_type=client_credentials&${parameter}`, headers: asApi })
      }
      for (const name of ['audience', 'aud', 'resource[]', 'resources', 'Resource']) {
        const { json } = await ask('/token', {
          form: { grant_type: 'password', username: 'mallory', password, [name]: billing },
          expect: [200, 400, 503]
        })
        if (json.access_token && claimsOf(json.access_token).aud !== issuer) throw new Error(`${name} was obeyed`)
      }
    }
  },
  {
    aim,
    name: 'write the resource in other ways',
    run: ({ ask, many, asApi }) =>
      many(spellings.length, 4, async index => {
        const resource = String(spellings[index])
        const form = { grant_type: 'password', username: 'mallory', password, resource }
        await ask('/token', { form, expect: [400, 429, 503] })
        await ask('/token', { form: { grant_type: 'client_credentials', resource }, headers: asApi, expect: [400] })
      })
  },
  {
    aim,
    name: 'refresh for a resource beyond the grant',
    async run({ ask, logIn, refresh }) {
      const all = await logIn()
      await refresh(all.refresh_token, { resource: billing }, [400])
      await refresh(all.refresh_token, { resource: billing, scope: 'billing:read' }, [400])
      await refresh(all.refresh_token, { resource: orders, scope: 'billing:read' }, [400])
      await refresh(all.refresh_token, { resource: orders, scope: 'orders:read users:write' }, [400])
      const narrow = await logIn({ scope: 'orders:read' })
      await refresh(narrow.refresh_token, { resource: orders, scope: 'me' }, [400])
      await refresh(narrow.refresh_token, { scope: 'me' }, [400])
      // The login has no scope that Sallyport knows.
      await refresh(narrow.refresh_token, { resource: issuer }, [400])
      const { json } = await refresh(narrow.refresh_token, { resource: orders })
      await ask('/users/me', { token: json.access_token, expect: [401] })
      await ask(`/verify?resource=${billing}`, { token: json.access_token, expect: [401] })
      await ask('/verify', { token: json.access_token, expect: [401] })
    }
  },
  {
    aim,
    name: 'exchange the token of one API for that of another',
    async run({ ask, world, asApi }) {
      for (const subject_token of Object.values(world.received)) {
        await ask(`/verify?resource=${billing}`, { token: subject_token, expect: [401] })
        for (const grant_type of [
          'urn:ietf:params:oauth:grant-type:token-exchange',
          'urn:ietf:params:oauth:grant-type:jwt-bearer',
          'refresh_token'
        ]) {
          const form = { grant_type, subject_token, assertion: subject_token, refresh_token: subject_token }
          await ask('/token', { form: { ...form, resource: billing }, headers: asApi })
          await ask('/token', { form: { ...form, resource: billing } })
        }
      }
    }
  }
]
