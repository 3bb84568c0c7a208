import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { writeDocuments } from './release/documents.ts'
import { releaseNotes } from './release/notes.ts'
import { problemOfSigners, sign } from './release/signature.ts'
import { distTag, versionProblems } from './release/versions.ts'
import { installPackages } from './tool.ts'

// `npm run release -- [--dry-run] [--sign-with KEY]`: packs the three packages into `release/`, checks them, adds notes,
// licences, bill of materials, lists and sums, signs the sums, publishes to npm and tags the commit. With --dry-run it
// stops before it publishes, asks no registry, and fails if something is left to do before a release.

/** In the order in which they are published: the README of the last one names the others. */
const folders = ['packages/client', 'packages/verifier', '']
const output = './release'
const sums = `${output}/SHA256SUMS`

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
const run = (command: string, args: string[], cwd = '.') =>
  execFileSync(command, args, { cwd, encoding: 'utf8' }).trim()

/** Ends the program if there are problems, and says what to do about each. */
function refuse(problems: string[]) {
  if (problems.length === 0) return
  console.error(['Nothing was published.', ...problems].join('\n'))
  process.exit(1)
}

const manifests = Object.fromEntries(folders.map(folder => [folder, json(join(folder, 'package.json'))]))
const { version } = manifests['']
const tag = `v${version}`

const { notes, problem } = releaseNotes(readFileSync('CHANGELOG.md', 'utf8'), version)

function problemsOfSources(): string[] {
  const problems = [...versionProblems(manifests, json('package-lock.json')), ...(problem ? [problem] : [])]
  if (run('git', ['status', '--porcelain'])) problems.push('There are uncommitted changes: commit them, or undo them.')
  // A dry run may be of the tagged commit: in CI, and to verify a release.
  const tags = (...args: string[]) => run('git', ['tag', '--list', tag, ...args])
  if (tags() && !(dryRun && tags('--points-at', 'HEAD')))
    problems.push(`The tag ${tag} exists already: choose another version.`)
  return [...problems, ...problemOfSigners()]
}

/** A sentence if the version of a package is on the registry already, or if the registry does not say so. */
function problemsOfName(name: string): string[] {
  const { status, stdout } = spawnSync('npm', ['view', '--json', `${name}@${version}`, 'version'], { encoding: 'utf8' })
  const { error } = JSON.parse(stdout.trim() || '{}')
  // An older npm prints nothing when the package has other versions only.
  if (error?.code === 'E404' || (status === 0 && stdout.trim() === '')) return []
  if (status !== 0) return [`npm cannot look up ${name} (${error?.code}): check the registry and your login.`]
  return [`npm has ${name} ${version} already: choose another version.`]
}

function pack(folder: string) {
  const args = ['pack', '--json', '--foreground-scripts=false', '--pack-destination', resolve(output)]
  const [{ name, filename, entryCount, size }] = JSON.parse(run('npm', args, folder || '.'))
  return { name: String(name), tarball: `${output}/${filename}`, files: Number(entryCount), size: Number(size) }
}

/** The options, or nothing if there are others. */
function readOptions() {
  try {
    return parseArgs({ options: { 'dry-run': { type: 'boolean' }, 'sign-with': { type: 'string' } } }).values
  } catch {
    return undefined
  }
}

const options = readOptions()
// Without the --, npm keeps --dry-run to itself and the tag would be created.
if (options === undefined || process.env.npm_config_dry_run)
  refuse(['Run `npm run release -- --dry-run`, or `npm run release -- --sign-with KEY`.'])
const { 'dry-run': dryRun, 'sign-with': key } = options ?? {}
const toDo = problemsOfSources()
// The signed notes name the commit, so that what is signed has to be of it.
if (!dryRun || key) refuse(toDo)
if (!dryRun) {
  if (!key) refuse(['A release is signed: name the path of your SSH key, `npm run release -- --sign-with KEY`.'])
  refuse(folders.flatMap(folder => problemsOfName(manifests[folder].name)))
}

rmSync(output, { recursive: true, force: true })
mkdirSync(output)
const packages = folders.map(pack)
installPackages('tools/published')
const tarballs = packages.map(({ tarball }) => tarball)
const checked = spawnSync('node', ['tools/published/check-package.mjs', ...tarballs], { encoding: 'utf8' })
if (checked.status !== 0) refuse(checked.stderr.trim().split('\n'))
writeDocuments(output, { version, commit: run('git', ['rev-parse', 'HEAD']), notes })
if (key) refuse(sign(sums, key))

const npmTag = distTag(version)
for (const { name, tarball, files, size } of packages)
  console.log(`${name} ${version}, tag ${npmTag}: ${files} files, ${Math.ceil(size / 1024)} KiB, ${tarball}`)
console.log(`\n${notes}\n`)

if (dryRun) {
  const lines = [
    'Dry run: nothing was published.',
    ...(key ? [] : [`${sums} is not signed: a release is signed with --sign-with KEY.`]),
    ...(toDo.length > 0 ? ['Before a release:', ...toDo] : [])
  ]
  console.log(lines.join('\n'))
  if (toDo.length > 0) process.exitCode = 1
} else {
  const steps = [
    ...tarballs.map(tarball => ['npm', 'publish', tarball, '--tag', npmTag]),
    ['git', 'tag', '--annotate', tag, '--cleanup=whitespace', '--file', `${output}/NOTES.md`]
  ]
  for (const [at, [command = '', ...args]] of steps.entries()) {
    if (spawnSync(command, args, { stdio: 'inherit' }).status === 0) continue
    const rest = steps.slice(at).map(step => step.join(' '))
    console.error(`The first of these commands failed. Fix the cause, then run all of them:\n${rest.join('\n')}`)
    process.exit(1)
  }
  console.log(`Published. Push the tag: git push origin ${tag}`)
}
