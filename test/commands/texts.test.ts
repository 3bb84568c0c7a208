import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { shippedFolder } from '../../src/texts/read-texts.ts'
import { textProblems } from '../../src/texts/texts.ts'
import { createCli } from '../support/cli.ts'

const names = readdirSync(join(shippedFolder, 'en'))

test('texts init writes the English texts without a database, and says what to do next', async t => {
  const { sallyport } = createCli(t, {}, { hasDatabase: false })
  const folder = join(t.testdir(), 'a', 'texts')
  t.same(await sallyport(['texts', 'init', folder]), {
    code: 0,
    out: `Wrote the texts of messages and pages into ${folder}/en.
Change them, and delete the files that you do not change. To translate them, rename the folder
after the language, for example ${folder}/fr.
Set TEXTS=${folder}.
Check them with \`sallyport doctor\`, and restart the server.
`,
    err: ''
  })
  t.same(readdirSync(join(folder, 'en')), names)
  t.same(textProblems(folder), [])

  const { out } = await sallyport(['texts', 'init', folder, '--language', 'de'])
  t.match(out, `into ${folder}/de.`)
  t.same(
    readFileSync(join(folder, 'de', 'verify-email.txt')),
    readFileSync(join(shippedFolder, 'de', 'verify-email.txt'))
  )
})

test('texts init writes into TEXTS, which is not there yet, or else into texts', async t => {
  const { sallyport, env } = createCli(t, { TEXTS: 'mine' })
  t.chdir(t.testdirName)
  const { code, out } = await sallyport(['texts', 'init'])
  t.equal(code, 0)
  t.notMatch(out, 'Set TEXTS')
  delete env.TEXTS
  writeFileSync('.env', 'TEXTS=other\n')
  t.match(await sallyport(['texts', 'init']), { code: 0 })
  writeFileSync('.env', '')
  t.match(await sallyport(['texts', 'init']), { code: 0, out: 'Set TEXTS=texts.' })
  for (const name of ['mine', 'other', 'texts']) t.same(readdirSync(join(name, 'en')), names)
})

test('texts init replaces nothing, and refuses a language that there is not', async t => {
  const { sallyport } = createCli(t)
  const folder = t.testdir({ file: '' })
  mkdirSync(join(folder, 'en'))
  const refused = (err: string, code = 1) => ({ code, out: '', err })
  t.same(
    await sallyport(['texts', 'init', folder]),
    refused(`${folder}/en already exists. Remove it, or name another folder.\n`)
  )
  t.same(readdirSync(join(folder, 'en')), [])
  t.same(
    await sallyport(['texts', 'init', join(folder, 'file')]),
    refused(`${folder}/file already exists. Remove it, or name another folder.\n`)
  )
  t.same(
    await sallyport(['texts', 'init', join(folder, 'file', 'x')]),
    refused(`Cannot write ${folder}/file/x (ENOTDIR).\n`)
  )
  t.same(
    await sallyport(['texts', 'init', folder, '--language', 'nl']),
    refused('There are no texts in nl: expected de or en\n', 2)
  )
})

test('the texts of texts init are used, and doctor names what is wrong in them', async t => {
  const folder = join(t.testdir(), 'texts')
  const { sallyport } = createCli(t, { TEXTS: folder })
  await sallyport(['texts', 'init'])
  t.match((await sallyport(['doctor'])).out, 'Every setting is valid.')
  writeFileSync(join(folder, 'en', 'email-code.txt'), 'Code\n\n{{cod}}\n')
  const { code, out } = await sallyport(['doctor'])
  t.equal(code, 1)
  for (const problem of [
    'email-code.txt:3 has {{cod}}: expected {{host}} or {{code}}',
    'email-code.txt lacks {{code}}'
  ])
    t.match(out, `TEXTS: ${join(folder, 'en')}/${problem}`)
})
