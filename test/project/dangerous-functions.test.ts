import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')

/** The sources below the given folders, with their text. */
const sources = (...folders: string[]) =>
  folders.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(file => /\.[cm]?[jt]sx?$/.test(file))
      .map(file => [`${folder}/${file}`, readFileSync(join(root, folder, file), 'utf8')] as const)
  )

const server = sources('src', 'plugins', 'routes', 'bin', 'packages/client/src')
const consoleOfBrowser = sources('console/src')

const using = (files: typeof server, pattern: RegExp) =>
  files.filter(([, text]) => pattern.test(text)).map(([file]) => file)

t.test('No source evaluates text as code (ASVS 1.3.2)', async t => {
  t.same(using([...server, ...consoleOfBrowser], /\beval\(|\bnew Function\(|setTimeout\(\s*['"`]/), [])
})

t.test('Text is normalized only where its length is checked first', async t => {
  t.same(using(server, /\.normalize\(|domainTo(ASCII|Unicode)\(/).sort(), [
    // A name of at most 1 KB of claims, by an administrator.
    'src/auth/account/claim-names.ts',
    // Names of accounts, which have a limit.
    'src/auth/account/identifiers.ts',
    'src/auth/hashing/scrypt-forms.ts',
    'src/auth/passwords/password-form.ts',
    // A password that has passed the limit, and names of accounts.
    'src/auth/passwords/password-rules.ts'
  ])
})

t.test('The server starts no other program (ASVS 1.2.5)', async t => {
  t.same(using(server, /child_process/), [])
})

t.test('The console makes no markup from text (ASVS 3.2.2)', async t => {
  t.same(using(consoleOfBrowser, /innerHTML|outerHTML|insertAdjacentHTML|InnerHTML|document\.write|srcdoc/i), [])
})

t.test('No page exchanges messages with other sites, and none has a cookie', async t => {
  t.same(using(consoleOfBrowser, /['"]message['"]|document\.cookie/), [])
  // The others post to their own origin only (HTML §9.6).
  t.same(using(consoleOfBrowser, /(?<!channel\?)\.postMessage/), [])
  t.same(using(consoleOfBrowser, /new BroadcastChannel/), ['console/src/login-storage.ts'])
  t.same(using(sources('plugins', 'routes'), /set-cookie/i), [])
})

t.test(
  'The console keeps a login in sessionStorage or localStorage, its key in IndexedDB, and no other secret (ASVS 14.3.3)',
  async t => {
    const storage = 'console/src/storage.ts'
    t.same(using(consoleOfBrowser, /['".]localStorage/), [storage])
    t.same(using(consoleOfBrowser, /\bofTab\b|['".]sessionStorage/).sort(), ['console/src/login-storage.ts', storage])
    t.same(using(consoleOfBrowser, /indexedDB/).sort(), ['console/src/login-storage.ts', 'console/src/session.ts'])
    // The others: the language that a person chose, and that a passkey was suggested.
    t.same(using(consoleOfBrowser, /\bofBrowser\b/).sort(), [
      'console/src/language.ts',
      'console/src/login-storage.ts',
      'console/src/pages/account/profile.tsx',
      storage,
      'console/src/ui/suggestion.tsx'
    ])
    t.same(using(consoleOfBrowser, /caches\./), [])
  }
)
