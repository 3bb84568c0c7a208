import { execFile, execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { problemOfSigners, sign } from '../../scripts/release/signature.ts'
import { startSite } from '../../test/support/site.ts'
import { author, cloneInto } from '../support/clone.ts'

const root = join(import.meta.dirname, '../..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const unsigned = './release/SHA256SUMS is not signed: a release is signed with --sign-with KEY.'
const names = ['@sallyport/client', '@sallyport/verifier', 'sallyport']

// `npm run build` of a clone: assurance/release/verify-a-release.test.ts compiles, which takes most of a release.
const build = `tar -C ${root} --exclude=dist/bin/cache -c dist | tar -x`

/** A clone without changes, whose CHANGELOG.md has a section with `heading`; and its `git`. */
function createClone(t: Test, heading = `## [${version}] - 2026-01-31`) {
  const cwd = t.testdir()
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd, encoding: 'utf8', env: { ...process.env, ...author } })
  cloneInto(cwd, ['tools', 'docs/evidence/release-signers', 'test', 'assurance'])
  appendFileSync(join(cwd, 'docs/evidence/release-signers'), `sallyport ${readFileSync(`${key}.pub`, 'utf8')}`)
  symlinkSync(join(root, 'tools/published/node_modules'), join(cwd, 'tools/published/node_modules'))
  const manifest = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'))
  Object.assign(manifest.scripts, { build })
  writeFileSync(join(cwd, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(cwd, 'CHANGELOG.md'), `# Changelog\n\n${heading}\n\n- a new thing\n`)
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '--message=first')
  return { cwd, git }
}

const key = join(t.testdir(), 'key')
execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])

/** Runs a program in `cwd`, with the registry at `url`. */
function run(cwd: string, url: string, program: string, ...args: string[]) {
  const userconfig = join(cwd, '.git/npmrc')
  writeFileSync(userconfig, `//${new URL(url).host}/:_authToken=secret\n`)
  const env = {
    ...process.env,
    ...author,
    NODE_OPTIONS: '',
    npm_config_registry: url,
    npm_config_userconfig: userconfig,
    npm_config_cache: join(cwd, '.git/npm-cache'),
    npm_config_update_notifier: 'false'
  }
  return new Promise<{ code: number; out: string; err: string }>(resolve =>
    execFile(program, args, { cwd, env }, (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }))
  )
}

const release = (cwd: string, url: string, ...args: string[]) =>
  run(cwd, url, 'npm', 'run', '--silent', 'release', '--', ...args)

interface Publication {
  name: string
  access: string
  'dist-tags': Record<string, string>
}

/**
 * A registry that has `existing` in this version, answers with the status `unknown` about all other packages, and
 * refuses to store `broken` until `mend` is called; and what it was asked.
 */
async function startRegistry(t: Test, { existing = '', broken = '', unknown = 404 } = {}) {
  let refused = broken
  const requests: string[] = []
  const published: Publication[] = []
  const url = await startSite(t, async (request, response) => {
    const name = decodeURIComponent(String(request.url)).slice(1)
    requests.push(`${request.method} ${name}`)
    if (request.method === 'PUT') {
      const publication = (await json(request)) as Publication
      if (name === refused) return void response.writeHead(403).end('{}')
      published.push(publication)
      return void response.writeHead(201).end('{}')
    }
    const stored = published.find(publication => publication.name === name)
    if (stored) return void response.end(JSON.stringify(stored))
    if (name !== existing) return void response.writeHead(unknown).end('{}')
    const versions = { [version]: { name, version } }
    response.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions }))
  })
  const mend = () => {
    refused = ''
  }
  return { url, requests, published, mend }
}

t.jobs = 2

t.test('The dry run packs and checks the packages, prints what it would publish, and asks no registry', async t => {
  const { url, requests } = await startRegistry(t)
  const { cwd, git } = createClone(t)
  const { code, out, err } = await release(cwd, url, '--dry-run')
  t.equal(code, 0, err)
  const lines = out.split('\n')
  for (const [at, name] of names.entries()) {
    const file = name.replace('@', '').replace('/', '-')
    t.match(
      lines[at],
      new RegExp(`^${name} ${version}, tag latest: \\d+ files, \\d+ KiB, \\./release/${file}-${version}\\.tgz$`)
    )
  }
  t.equal(lines.slice(names.length).join('\n'), `\n- a new thing\n\nDry run: nothing was published.\n${unsigned}\n`)
  t.strictSame(requests, [])
  t.equal(git('status', '--porcelain') + git('tag'), '')
})

t.test('Publishes sallyport last, and after a failure prints the commands that publish the rest and tag', async t => {
  const registry = await startRegistry(t, { broken: 'sallyport' })
  const { cwd, git } = createClone(t)
  const { code, err } = await release(cwd, registry.url, '--sign-with', key)
  t.equal(code, 1)
  const published = () => registry.published.map(({ name, access, 'dist-tags': tags }) => ({ name, access, tags }))
  const expected = names.map(name => ({ name, access: 'public', tags: { latest: version } }))
  t.strictSame(published(), expected.slice(0, 2))
  t.equal(git('tag'), '')

  const [, rest = ''] = err.split('The first of these commands failed. Fix the cause, then run all of them:\n')
  registry.mend()
  await run(cwd, registry.url, 'sh', '-ec', rest)
  t.strictSame(published(), expected)
  t.equal(git('tag', '--points-at', 'HEAD'), `v${version}\n`)
})

t.test('Refuses a version that npm has already, or may have, before it packs', async t => {
  const { cwd } = createClone(t)
  const taken = await startRegistry(t, { existing: 'sallyport' })
  const closed = await startRegistry(t, { unknown: 403 })
  const refusals = [`npm has sallyport ${version} already: choose another version.`]
  const unclear = names.map(name => `npm cannot look up ${name} (E403): check the registry and your login.`)
  for (const [{ url, published }, problems] of [[taken, refusals] as const, [closed, unclear] as const]) {
    const result = await release(cwd, url, '--sign-with', key)
    t.strictSame(result, { code: 1, out: '', err: `Nothing was published.\n${problems.join('\n')}\n` })
    t.strictSame(published, [])
  }
})

t.test('Refuses a changelog without the version, other versions, changes and an existing tag', async t => {
  const { url } = await startRegistry(t)
  const { cwd, git } = createClone(t, '## [Unreleased]')
  git('tag', `v${version}`)
  git('commit', '--quiet', '--allow-empty', '--message=second')
  const path = join(cwd, 'packages/client/package.json')
  writeFileSync(path, readFileSync(path, 'utf8').replace(`"version": "${version}"`, '"version": "0.0.1"'))
  const problems = [
    /^The version in packages\/client\/package\.json is 0\.0\.1, but package\.json has /,
    /^CHANGELOG\.md has no section for /,
    'There are uncommitted changes: commit them, or undo them.',
    `The tag v${version} exists already: choose another version.`
  ]
  const refused = await release(cwd, url)
  t.match(refused, { code: 1, out: '' })
  t.match(refused.err.split('\n'), ['Nothing was published.', ...problems])

  t.strictSame(await release(cwd, url, '--dry-run', '--sign-with', key), refused, 'nor does it sign them')

  const dry = await release(cwd, url, '--dry-run')
  t.equal(dry.code, 1, dry.err)
  const [, ...rest] = dry.out.split('\n- a new thing\n\n')
  t.match(rest.join('').split('\n'), ['Dry run: nothing was published.', unsigned, 'Before a release:', ...problems])
})

const npm = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim()
// npm can attest only in a workflow.
const npmWithoutProvenance = `#!/bin/sh
[ "$1" = publish ] || exec ${npm} "$@"
[ "$3" = --provenance ] && exec ${npm} publish "$2" "$4" "$5"
`

/** The packages that the workflow has packed for `version`, with `content` in each; and its last step. */
function createWorkflow(t: Test, version: string, content: string) {
  const cwd = t.testdir({ '.git': {}, release: {}, bin: {}, package: { content } })
  writeFileSync(join(cwd, 'bin/npm'), npmWithoutProvenance, { mode: 0o755 })
  for (const name of names) {
    writeFileSync(join(cwd, 'package/package.json'), JSON.stringify({ name, version }))
    execFileSync(npm, ['pack', '--silent', '--pack-destination', '../release'], { cwd: join(cwd, 'package') })
  }
  const { jobs } = parse(readFileSync(join(root, '.github/workflows/release.yml'), 'utf8'))
  const env = [`PATH=${join(cwd, 'bin')}:${process.env.PATH}`, `GITHUB_REF_NAME=v${version}`]
  return (url: string) => run(cwd, url, 'env', ...env, 'bash', '-ec', jobs.publish.steps.at(-1).run)
}

t.test('The workflow publishes what is not published yet, with provenance, and refuses other bytes', async t => {
  const registry = await startRegistry(t, { broken: 'sallyport' })
  const published = () => registry.published.map(({ name, 'dist-tags': tags }) => [name, tags])
  const expected = names.map(name => [name, { latest: '7.0.0' }])
  const publish = createWorkflow(t, '7.0.0', 'some')
  t.not((await publish(registry.url)).code, 0)
  t.strictSame(published(), expected.slice(0, 2))

  registry.mend()
  const second = await publish(registry.url)
  t.equal(second.code, 0, second.err)
  t.match(second.out, 'npm has @sallyport/client 7.0.0 already.\nnpm has @sallyport/verifier 7.0.0 already.\n')
  t.strictSame(published(), expected)

  const { code, err } = await createWorkflow(t, '7.0.0', 'other')(registry.url)
  t.equal(code, 1)
  t.match(err, 'npm has other bytes as @sallyport/client 7.0.0.\n')
  t.strictSame(published(), expected)

  t.equal((await createWorkflow(t, '7.0.0-rc.1', 'some')(registry.url)).code, 0)
  const next = names.map(name => [name, { next: '7.0.0-rc.1' }])
  t.strictSame(published().slice(-3), next, 'a prerelease is not the latest')
})

t.test('Refuses a release without a key, other options, and a --dry-run that npm keeps to itself', async t => {
  const { url, requests } = await startRegistry(t)
  const { cwd } = createClone(t)
  const err = 'Nothing was published.\nRun `npm run release -- --dry-run`, or `npm run release -- --sign-with KEY`.\n'
  const reason = 'A release is signed: name the path of your SSH key, `npm run release -- --sign-with KEY`.'
  t.strictSame(await release(cwd, url), { code: 1, out: '', err: `Nothing was published.\n${reason}\n` })
  t.strictSame(requests, [])
  t.strictSame(await release(cwd, url, '--dryrun'), { code: 1, out: '', err })
  t.strictSame(await run(cwd, url, 'npm', 'run', '--silent', 'release', '--dry-run'), { code: 1, out: '', err })
})

t.test('The sums are signed only with a key that users accept', async t => {
  const cwd = t.testdir({ sums: 'a sum\n', none: '# no key\n\n' })
  const [file, key, none] = ['sums', 'key', 'none'].map(name => join(cwd, name)) as [string, string, string]
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
  const signers = join(cwd, 'signers')
  writeFileSync(signers, `sallyport ${readFileSync(`${key}.pub`, 'utf8')}`)
  t.strictSame(sign(file, key, none), [
    `${none} does not accept the key ${key}: add the line of its public key, or name another key.`
  ])
  t.strictSame(sign(file, key, signers), [])
  t.ok(existsSync(`${file}.sig`))
  t.strictSame(sign(file, join(cwd, 'nothing'), signers), [`ssh-keygen cannot sign with ${join(cwd, 'nothing')}.`])

  t.strictSame(problemOfSigners(none), [`${none} names no key: add the line of your public key.`])
  t.strictSame(problemOfSigners(signers), [])
})
