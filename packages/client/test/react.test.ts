import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import t, { type Test } from 'tap'
import { password } from '../../../test/support/app.ts'
import { type Client, getPasskey } from '../src/index.ts'
import type { UseSession } from '../src/react.ts'
import { createClientWorld } from './support/client-world.ts'
import { installFakeDom } from './support/fake-dom.ts'
import { cut } from './support/network.ts'
import { installPasskeyBrowser, until } from './support/passkey-browser.ts'

interface React {
  useSession: (client: Client) => UseSession
  createElement: (type: unknown, ...more: unknown[]) => object
  StrictMode: unknown
  Suspense: unknown
  lazy: (load: () => Promise<{ default: unknown }>) => unknown
  createRoot: (element: object) => Root
  hydrateRoot: (element: object, node: object, options: { onRecoverableError: (error: unknown) => void }) => Root
  renderToString: (node: object) => string
  version: string
}

interface Root {
  render: (node: object) => void
  unmount: () => void
}

/** The hook with the packages of a version, in one bundle, because it has to share them with the page. */
async function load(t: Test, suffix: string): Promise<React> {
  const contents = `
    export { useSession } from './react.ts'
    export { createElement, lazy, StrictMode, Suspense, version } from 'react'
    export { createRoot, hydrateRoot } from 'react-dom/client'
    export { renderToString } from 'react-dom/server'`
  const outfile = join(t.testdir({}), 'bundle.mjs')
  await build({
    stdin: { contents, resolveDir: 'packages/client/src' },
    alias: { react: `react${suffix}`, 'react-dom': `react-dom${suffix}` },
    banner: { js: "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)" },
    ...{ bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'error' }
  })
  return await import(pathToFileURL(outfile).href)
}

// For all tests, because React works on for a moment when a page is left.
const createElementOfPage = installFakeDom(t)

for (const [major, suffix] of [
  ['18', ''],
  ['19', '-19']
] as const)
  t.test(`In React ${major}`, async t => {
    const react = await load(t, suffix)
    t.match(react.version, new RegExp(`^${major}\\.`))
    const { createElement, StrictMode, Suspense, useSession } = react

    /** A page that shows the session, what its component was given last, and how often it was rendered. */
    function createPage(client: Client) {
      const seen = { count: 0 } as { session: UseSession; count: number }
      function Page() {
        const session = useSession(client)
        seen.session = session
        seen.count++
        return createElement('p', null, session.isLoading ? 'Loading' : (session.user?.username ?? 'Nobody'))
      }
      return { seen, page: createElement(StrictMode, null, createElement(Page)) }
    }

    /** A page in a fake browser, and what React complains about. */
    async function openPage(t: Test) {
      const world = await createClientWorld(t)
      const complaints = t.capture(console, 'error')
      const element = createElementOfPage()
      const client = world.open()
      const { seen, page } = createPage(client)
      const root = react.createRoot(element)
      root.render(page)
      const shows = (text: string) => until(() => element.textContent === text)
      async function leave() {
        root.unmount()
        await shows('')
        t.strictSame(complaints(), [])
      }
      return { ...world, client, seen, root, page, shows, leave }
    }

    t.test('A component shows who is signed in, and renders only when that changes', async t => {
      const { client, seen, shows, leave, url, advance } = await openPage(t)
      await shows('Nobody')
      const { signIn, signOut, run } = seen.session
      t.match(await signIn({ username: 'alice', password }), { username: 'alice' })
      await shows('alice')
      await until(() => !seen.session.isBusy)
      t.match(seen.session, { isSignedIn: true, error: undefined, claims: { scope: 'me' } })
      t.match(seen.session, { signIn, signOut, run }, 'the operations stay the same')

      const { count } = seen
      advance(601)
      t.equal((await client.fetch(`${url}/users/me`)).status, 200)
      await new Promise(setImmediate)
      t.equal(seen.count, count, 'a new token renders nothing')
      t.equal(await signOut(), true)
      await shows('Nobody')
      await leave()
    })

    t.test('An error is state, by its code, until the next operation', async t => {
      const { seen, shows, leave, network, client } = await openPage(t)
      installPasskeyBrowser(t, {})
      await shows('Nobody')
      const fails = async (operation: Promise<unknown>, code: string) => {
        t.equal(await operation, undefined)
        await until(() => seen.session.error?.code === code)
        t.match(seen.session, { isBusy: false, error: { message: String, cause: Error } })
      }
      const { signIn, run } = seen.session
      await fails(signIn({ username: 'alice', password: 'a wrong one' }), 'invalid_grant')
      network.plan('/token', cut)
      await fails(signIn({ username: 'alice', password }), 'unreachable')
      await fails(signIn({ passkey: getPasskey }), 'insufficient_authorization')
      await fails(
        run(() => client.addPasskey({ name: 'Phone' })),
        'not_found'
      )
      const cancelled = new DOMException('', 'NotAllowedError')
      await fails(
        run(() => Promise.reject(cancelled)),
        'NotAllowedError'
      )
      await signIn({ username: 'alice', password })
      await shows('alice')
      t.equal(seen.session.error, undefined)
      await leave()
    })

    t.test('A server renders a loading session, and React takes over its page in the browser', async t => {
      const { open } = await createClientWorld(t)
      const client = open()
      await client.signIn({ username: 'alice', password })
      await until(() => client.current.isSignedIn)
      const { page } = createPage(client)
      t.equal(react.renderToString(page), '<p>Loading</p>')

      const complaints = t.capture(console, 'error')
      const element = createElementOfPage()
      const paragraph = element.appendChild(createElementOfPage('p'))
      paragraph.textContent = 'Loading'
      const onRecoverableError = (error: unknown) => t.fail('React renders the page anew', { error })
      const root = react.hydrateRoot(element, page, { onRecoverableError })
      await until(() => element.textContent === 'alice')
      t.ok(element.firstChild === paragraph, 'the paragraph of the server stays')
      root.unmount()
      t.strictSame(complaints(), [])
    })

    t.test('It waits with the parts of a page that are loaded later', async t => {
      const { page, client, shows, root, leave } = await openPage(t)
      const Later = react.lazy(async () => ({ default: () => page }))
      root.render(createElement(Suspense, { fallback: 'Wait' }, createElement(Later)))
      await shows('Wait')
      await client.signIn({ username: 'alice', password })
      await shows('alice')
      await leave()
    })
  })
