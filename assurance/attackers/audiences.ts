import type { Attempt } from './attacker.ts'
import { billing, issuer, orders } from './world.ts'

const aim = 'an audience'

/** Attempts to get a token for an API that may not have one. */
export const audienceAttempts: Attempt[] = [
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
