import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { installPackages } from '../../scripts/tool.ts'
import { readmeCommands, runCommands } from '../../test/support/readme-commands.ts'
import { author, cloneInto } from '../support/clone.ts'

const root = join(import.meta.dirname, '../..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const commands = readmeCommands(join(root, 'docs/evidence/made.md'))
const [verify = '', hash = '', rebuild = '', compiled = ''] = commands

const scratch = t.testdir()
const download = join(scratch, 'download')
/**
 * The clone of the maintainer, and the one of the user, which lies deeper, and belongs to a user with another umask.
 */
const maintainers = join(scratch, 'maintainer')
const users = join(download, 'sallyport')

// Without the code that tap loads into every process that Node.js starts.
const env = { ...process.env, ...author, NODE_OPTIONS: '', npm_config_update_notifier: 'false' }
const run = (cwd: string, command: string, args: string[], extra = {}) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe', env: { ...env, ...extra } })

/**
 * The packages that `npm ci` installs in a clone, as hard links: symbolic ones would have other paths in the bundle.
 */
function linkPackages(clone: string) {
  for (const folder of ['node_modules', 'tools/published/node_modules']) {
    rmSync(join(clone, folder), { recursive: true, force: true })
    run(root, 'cp', ['-al', folder, join(clone, folder)])
    rmSync(join(clone, folder, '.cache'), { recursive: true, force: true })
  }
}

function createKey(name: string) {
  const path = join(scratch, name)
  run(scratch, 'ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path])
  return path
}

/** A copy of the downloaded release, with the clone, for a test that changes it. */
function copyOf(t: Test) {
  const folder = t.testdir()
  for (const file of readdirSync(download)) if (file !== 'sallyport') cpSync(join(download, file), join(folder, file))
  mkdirSync(join(folder, 'sallyport/docs/evidence'), { recursive: true })
  const signers = 'sallyport/docs/evidence/release-signers'
  copyFileSync(join(download, signers), join(folder, signers))
  return folder
}

const verified = (t: Test, cwd: string) => runCommands(t, [verify], { cwd })

t.before(() => {
  installPackages('tools/published')
  const key = createKey('key')
  mkdirSync(maintainers)
  cloneInto(maintainers, ['tools', 'docs/evidence/release-signers', 'test', 'assurance'])
  const publicKey = readFileSync(`${key}.pub`, 'utf8')
  appendFileSync(join(maintainers, 'docs/evidence/release-signers'), `sallyport namespaces="file" ${publicKey}`)
  writeFileSync(join(maintainers, 'CHANGELOG.md'), `# Changelog\n\n## [${version}] - 2026-01-31\n\n- a new thing\n`)
  linkPackages(maintainers)
  for (const args of ['init --quiet', 'add .', 'commit --quiet --message=first'])
    run(maintainers, 'git', args.split(' '))
  run(maintainers, 'npm', ['run', '--silent', 'release', '--', '--dry-run', '--sign-with', key], {
    TZ: 'UTC',
    LC_ALL: 'C'
  })
  run(maintainers, 'git', ['tag', `v${version}`])
  cpSync(join(maintainers, 'release'), download, { recursive: true })
  run(scratch, 'sh', ['-c', 'umask 077; exec git clone --quiet "$@"', 'sh', maintainers, users])
  linkPackages(users)
})

t.test('A release is eleven files, and the sums are of all others', async t => {
  const packages = ['sallyport', 'sallyport-client', 'sallyport-verifier'].map(name => `${name}-${version}.tgz`)
  const lists = ['api.md', 'asvs.md', 'conformance.md']
  const files = ['NOTES.md', 'licenses.txt', `sallyport-${version}.cdx.json`, ...packages, ...lists]
  t.strictSame(readdirSync(join(maintainers, 'release')).sort(), [...files, 'SHA256SUMS', 'SHA256SUMS.sig'].sort())
  const sums = readFileSync(join(download, 'SHA256SUMS'), 'utf8').trim().split('\n')
  t.strictSame(sums.map(line => line.slice(66)).sort(), files.sort())
})

t.test('The commands of the page accept a release, and find the same bytes in another clone', async t => {
  t.equal(commands.length, 4)
  t.match(verify, `\nVERSION=${version}\n`)
  const standIn = rebuild.replace('npm ci\n', '')
  t.not(standIn, rebuild)
  const other = { ...author, TZ: 'Asia/Tokyo', LC_ALL: 'C.UTF-8', LANG: 'de_DE.UTF-8' }
  const umask = 'umask 077\n'
  const output = await runCommands(t, [verify, hash, umask + standIn, compiled], {
    cwd: download,
    env: other
  })
  t.match(output[0], /^Good "file" signature for sallyport with ED25519 key SHA256:/)
  t.equal(output[0]?.match(/: OK$/gm)?.length, 9)
  t.match(output[1], /^[\w+/]{86}==$/)
  t.match(output[2], new RegExp(`^npm [\\d.]+\nNode\\.js ${process.versions.node}\n`))
  // The dry run fails if something is left to do: the tag of its own commit is not.
  t.match(output[2], /Dry run: nothing was published\./)
  t.match(output[3], /^pkg:npm\/fastify@\d/m)
  const licenses = readFileSync(join(download, 'licenses.txt'), 'utf8')
  for (const [, name, version] of String(output[3]).matchAll(/^pkg:npm\/(.+)@(.+)$/gm))
    t.ok(licenses.includes(`${decodeURIComponent(String(name))} ${version} (`), `${name} ${version} has its licence`)
})

t.test('A changed byte, other sums, a missing file and a missing signature are refused', async t => {
  const changes: [string, RegExp, (folder: string) => void][] = [
    ['package', /\.tgz: FAILED/, folder => appendFileSync(join(folder, `sallyport-${version}.tgz`), '\0')],
    ['notes', /NOTES\.md: FAILED/, folder => appendFileSync(join(folder, 'NOTES.md'), ' ')],
    ['sums', /incorrect signature/, folder => appendFileSync(join(folder, 'SHA256SUMS'), '\n')],
    ['missing', /licenses\.txt: FAILED open/, folder => rmSync(join(folder, 'licenses.txt'))],
    ['unsigned', /Couldn't read signature file/, folder => rmSync(join(folder, 'SHA256SUMS.sig'))]
  ]
  for (const [change, reason, apply] of changes) {
    const folder = copyOf(t)
    apply(folder)
    await t.rejects(verified(t, folder), reason, change)
  }
  await t.resolves(verified(t, copyOf(t)))
})

t.test('The signature of another key, and of the same key for another purpose, is refused', async t => {
  const sign = (key: string, namespace: string) => {
    const folder = copyOf(t)
    rmSync(join(folder, 'SHA256SUMS.sig'))
    run(folder, 'ssh-keygen', ['-Y', 'sign', '-q', '-n', namespace, '-f', key, 'SHA256SUMS'])
    return folder
  }
  await t.resolves(verified(t, sign(join(scratch, 'key'), 'file')))
  await t.rejects(verified(t, sign(join(scratch, 'key'), 'git')), /namespace/)
  await t.rejects(verified(t, sign(createKey('strange'), 'file')), /Could not verify signature/)
})

t.test('A key that has ended is refused, but not for the days on which it was used', async t => {
  const folder = copyOf(t)
  const key = readFileSync(join(scratch, 'key.pub'), 'utf8')
  const signers = join(folder, 'sallyport/docs/evidence/release-signers')
  writeFileSync(signers, `sallyport namespaces="file",valid-before="20260101" ${key}`)
  const verifiedOn = (day: string) =>
    runCommands(t, [verify.replace('-n file', `-n file -O verify-time=${day}`)], { cwd: folder })
  await t.rejects(verified(t, folder), /expired/)
  await t.rejects(verifiedOn('20260102'), /expired/)
  t.match(await verifiedOn('20251231'), [/^Good "file" signature/])
})
