import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'tap'
import { loadConfig } from '../../src/wiring/load-config.ts'
import { createUser, logIn } from '../../test/support/app.ts'
import { startIdentityProvider } from '../../test/support/identity-provider.ts'
import { codeBlocks, readmeCommands, runCommands } from '../../test/support/readme-commands.ts'
import { startServer } from '../../test/support/server.ts'
import { skipWithoutProgram } from '../support/debian.ts'

const path = join(import.meta.dirname, '../../docs/identity-providers.md')

test('The commands of the page for identity providers work as documented', {
  skip: skipWithoutProgram('jq')
}, async t => {
  const provider = await startIdentityProvider(t)
  const { app, url } = await startServer(t, { identityProviders: [provider.setting] })
  const alice = await createUser(app)
  const { access_token } = await logIn(app)
  const nonce = 'n-0S6_WzA2Mj'
  const [register = '', login = '', link = '', unlink = '', ...others] = readmeCommands(path).map(block =>
    block.replaceAll('http://127.0.0.1:3000', url)
  )
  t.same(others, [])
  // test/commands/clients.test.ts creates clients; here, its grants have to be known.
  t.match(register, /^npx sallyport clients create app --public --scopes me \\\n {2}--grants /)
  const grants = String(/--grants (\S+)/.exec(register)?.[1]).split(',')
  const { client } = await app.clientAdmin.create({ name: 'app', confidential: false, scopes: ['me'], grants }, {})

  const run = (block: string, sub: string) =>
    runCommands(t, [block], {
      cwd,
      env: {
        ID_TOKEN: provider.idToken({
          sub,
          nonce,
          jti: randomUUID(),
          email: `${sub}@example.com`,
          email_verified: true
        }),
        NONCE: nonce,
        ACCESS_TOKEN: access_token
      }
    })
  const cwd = t.testdir()
  for (const block of [login, login.replace('-d grant_type', `-d client_id=${client.id} -d grant_type`)]) {
    const [answer] = await run(block, block === login ? 'bob' : 'carol')
    const tokens = JSON.parse(String(answer))
    t.match(tokens, {
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'me',
      refresh_token: String
    })
    t.ok(tokens.refresh_token_timeout <= tokens.authorization_expires_in)
    const caller = await app.accessTokens.authenticate(tokens.access_token)
    t.match(caller?.claims, { amr: ['fed'], acr: 'aal1' })
    const { username, email, emailVerified, passwordHash } = await app.userAdmin.byId(String(caller?.claims.sub))
    t.match(username, /^(bob|carol)$/)
    t.same([email, emailVerified], [`${username}@example.com`, false])
    t.match(passwordHash, /^!/)
  }

  const [linked] = await run(link, 'alice')
  t.match(JSON.parse(String(linked)), {
    items: [{ issuer: provider.issuer, subject: 'alice', email: 'alice@example.com' }]
  })
  const [again] = await run(login, 'alice')
  const caller = await app.accessTokens.authenticate(JSON.parse(String(again)).access_token)
  t.equal(caller?.claims.sub, alice.id)
  t.same(await run(unlink, 'alice'), [''])
  t.same(await app.identities.list(alice), [])
})

test('The settings of the page are accepted, as those of two issuers', async t => {
  const [settings = ''] = codeBlocks(path, 'ini')
  const [, value = ''] = /^IDENTITY_PROVIDERS=(.*)$/m.exec(settings) ?? []
  const { identityProviders } = loadConfig({ IDENTITY_PROVIDERS: value })
  t.equal(identityProviders.length, 2)
})
