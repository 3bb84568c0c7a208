import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hash } from '@node-rs/bcrypt'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { bearer, password } from '../../test/support/app.ts'
import { skipWithoutBrowser, useBrowser } from '../../test/support/browser.ts'
import { createCaller } from '../../test/support/caller.ts'
import { authenticatorApp } from '../../test/support/second-factor.ts'
import { button, followReadme, heading, status } from '../support/example.ts'
import { startOidcProvider } from '../support/oidc-provider.ts'

const browser = useBrowser()

/** In place of the providers' scripts: the functions that the page calls, with ID tokens from `idTokenOf`. */
const scripts = {
  'https://accounts.google.com/gsi/client': `{
    let given
    window.google = { accounts: { id: {
      initialize(options) { given = options },
      renderButton(element) {
        const button = Object.assign(document.createElement('button'), { textContent: 'Continue with Google' })
        button.onclick = async () => given.callback({ credential: await idTokenOf('google', given.nonce) })
        element.append(button)
      }
    } } }
  }`,
  'https://appleid.cdn-apple.com/appleauth/static/jsapi/appleid/1/en_US/appleid.auth.js': `{
    let given
    window.AppleID = { auth: {
      init(options) { given = options },
      async signIn() {
        if (!given.usePopup || given.redirectURI !== location.href) throw { error: 'invalid_request' }
        const id_token = await idTokenOf('apple', given.nonce)
        if (!id_token) throw { error: 'popup_closed_by_user' }
        return { authorization: { id_token } }
      }
    } }
  }`
}

const clientIds = { google: '123.apps.googleusercontent.com', apple: 'com.example.web' }

/** Follows the README of the example with local issuers, which it returns too. */
async function start(t: Test) {
  const google = await startOidcProvider(t, clientIds.google)
  const apple = await startOidcProvider(t, clientIds.apple)
  const followed = await followReadme(t, 'google-and-apple', 'server.js', block =>
    block.replace('https://accounts.google.com', google.issuer).replace('https://appleid.apple.com', apple.issuer)
  )
  t.equal(followed.blocks, 2)
  return { providers: { google, apple }, ...followed }
}

const linked = (tab: Page) => tab.locator('#identities li')

/** Adds an authenticator app to the account of alice. Resolves to a function that gives its next unused code. */
async function enrolAlice(t: Test, server: string) {
  const caller = createCaller(t, server)
  const headers = bearer((await caller.logIn()).body.access_token)
  const post = async (path: string, json: object) =>
    (await caller.call(`/users/me/factors${path}`, { method: 'POST', headers, json })).body
  const { id, secret } = await post('', { type: 'totp' })
  const app = authenticatorApp(secret)
  const confirmed = app.code(new Date())
  await post(`/${id}/confirm`, { code: confirmed })
  return () => {
    const now = new Date()
    const code = app.code(now)
    return code === confirmed ? app.code(now, -1) : code
  }
}

t.test(
  'The page signs in with Google and Apple, and links them, served as its README says',
  { skip: skipWithoutBrowser },
  async t => {
    const { providers, url, server, cwd } = await start(t)
    const context = await browser().newContext()
    t.teardown(() => context.close())
    for (const [source, body] of Object.entries(scripts))
      await context.route(source, route => route.fulfill({ contentType: 'text/javascript', body }))
    /** Who is logged in at the providers. */
    let user = ''
    const idTokenOf = (name: keyof typeof providers, nonce: string) => user && providers[name].idToken(user, nonce)
    await context.exposeFunction('idTokenOf', idTokenOf)
    const hosts = new Set<string>()
    const forms: string[] = []
    context.on('request', request => {
      hosts.add(new URL(request.url()).host)
      if (request.url() === `${server}/token`) forms.push(String(request.postData()))
    })
    const tab = await context.newPage()
    await tab.goto(url)
    const signOut = async () => {
      await button(tab, 'Sign out').click()
      await heading(tab, 'Sign in')
    }

    user = 'bob'
    for (const name of ['Continue with Google', 'Continue with Google']) {
      await button(tab, name).click()
      await heading(tab, 'bob')
      await linked(tab).getByText('bob@example.com').waitFor()
      t.equal(await linked(tab).count(), 1, 'the second login is to the same account')
      await signOut()
    }
    t.equal(new Set(forms.map(form => new URLSearchParams(form).get('nonce'))).size, 2)

    const replayed = await fetch(`${server}/token`, { method: 'POST', body: new URLSearchParams(forms[0]) })
    t.equal(replayed.status, 400)
    t.match(await replayed.json(), { error: 'invalid_request', error_description: /already used/ })

    await t.test('And makes an account with Apple, whose ID token has the hash of the nonce', async t => {
      user = ''
      await button(tab, 'Continue with Apple').click()
      t.equal(await tab.getByRole('status').textContent(), '', 'a dialog that was closed is no error')
      user = 'carol'
      await button(tab, 'Continue with Apple').click()
      await heading(tab, 'carol')
      const form = new URLSearchParams(forms.at(-1))
      const [, payload = ''] = String(form.get('subject_token')).split('.')
      const { nonce } = JSON.parse(Buffer.from(payload, 'base64url').toString())
      t.match(nonce, /^[0-9a-f]{64}$/)
      t.not(nonce, form.get('nonce'))
      await linked(tab).getByRole('button', { name: 'Remove' }).click()
      await status(tab, /./)
      t.equal(await linked(tab).count(), 1, 'the last way in stays')
      await signOut()
    })

    await t.test('And links the accounts of a user who has a password, and removes one', async () => {
      const account = { username: 'alice', email: 'alice@example.com', email_verified: true }
      const row = { ...account, password_hash: await hash(password, 4) }
      writeFileSync(join(cwd, 'accounts.ndjson'), JSON.stringify(row))
      const run = promisify(execFile)
      await run(process.execPath, ['bin/sallyport.cjs', 'users', 'import', 'accounts.ndjson'], {
        cwd,
        env: { ...process.env, NODE_OPTIONS: '' }
      })

      user = 'alice'
      await button(tab, 'Continue with Google').click()
      await status(tab, /log in and link/)
      await heading(tab, 'Sign in')
      await tab.getByLabel('Username').fill('alice')
      await tab.getByLabel('Password').fill(password)
      await button(tab, 'Sign in').click()
      await heading(tab, 'alice')
      for (const name of ['Continue with Google', 'Continue with Apple']) {
        const count = await linked(tab).count()
        await button(tab, name).click()
        await linked(tab).nth(count).waitFor()
      }
      await linked(tab).first().getByRole('button', { name: 'Remove' }).click()
      await linked(tab).nth(1).waitFor({ state: 'detached' })
      await signOut()

      await button(tab, 'Continue with Apple').click()
      await heading(tab, 'alice')
      await signOut()
      await button(tab, 'Continue with Google').click()
      await status(tab, /log in and link/)
    })

    await t.test('And asks for the second factor of an account after the ID token', async t => {
      const code = await enrolAlice(t, server)
      const asked: string[] = []
      tab.on('dialog', dialog => dialog.accept(asked.push(dialog.message()) === 1 ? '000000' : code()))
      await button(tab, 'Continue with Apple').click()
      await heading(tab, 'alice')
      t.strictSame(asked.slice(0, 2), [
        'The code of your authenticator app',
        'The code is wrong, expired or was already used.'
      ])
    })

    const own = [new URL(url).host, new URL(server).host]
    const others = Object.keys(scripts).map(script => new URL(script).host)
    t.strictSame([...hosts].sort(), [...own, ...others].sort())
  }
)
