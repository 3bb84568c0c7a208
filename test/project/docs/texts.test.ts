import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { placeholdersIn } from '../../../src/texts/placeholders.ts'
import { readShipped } from '../../../src/texts/read-texts.ts'
import { createTexts, textProblems } from '../../../src/texts/texts.ts'
import { codeBlocks } from '../../support/readme-commands.ts'

const page = join(import.meta.dirname, '../../../docs/mail.md')
const [tree = '', message = ''] = codeBlocks(page, 'text')

t.test('The files of docs/mail.md have right names, and its French message is right', async t => {
  const folder = t.testdir()
  let language = ''
  for (const [, indent = '', name = ''] of tree.matchAll(/^( *)(\S+)$/gm)) {
    if (indent === '') continue
    t.match(name, /^[\w-]+\/[\w-]+\.txt$/)
    language = dirname(name)
    mkdirSync(join(folder, language), { recursive: true })
    writeFileSync(join(folder, name), name.endsWith('pages.txt') ? '' : message)
  }
  t.equal(language, 'pt-BR')
  t.strictSame(textProblems(folder), [])
  const { subject } = createTexts(folder).message('verify_email', 'fr', { host: 'example.com', link: 'https://x' })
  t.equal(subject, 'Confirmez votre adresse pour example.com')
})

t.test('docs/mail.md names the placeholders that there are', async t => {
  const named = Array.from(readFileSync(page, 'utf8').matchAll(/^\| `(\{\{.*?\}\})`/gm), ([, name]) => name)
  const { messages = new Map(), pages = new Map() } = readShipped().get('en') ?? {}
  const texts = [...messages.values()].map(({ text }) => text)
  t.strictSame(new Set(named), new Set([...texts, ...pages.values()].flatMap(placeholdersIn)))
})
