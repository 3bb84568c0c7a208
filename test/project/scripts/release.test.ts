import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { releaseNotes } from '../../../scripts/release/notes.ts'
import { distTag, versionProblems } from '../../../scripts/release/versions.ts'

const changelog = `# Changelog

## [Unreleased]

- later

## [0.3.0] - 2026-11-30

### Added

- a thing

## [0.2.0]

- undated

## [0.1.0] - 2026-01-01

## [0.0.9] - soon

- undated too
`

t.test('The notes of a version are the lines between its heading and the next', async t => {
  t.strictSame(releaseNotes(changelog, '0.3.0'), { notes: '### Added\n\n- a thing' })
  t.strictSame(releaseNotes('## [1.0.0] - 2026-12-01\n\n- the last', '1.0.0'), { notes: '- the last' })
})

t.test('A version without heading, date or lines has a problem that says what to write', async t => {
  const noSection = 'rename "## [Unreleased]" to "## [0.4.0] - YYYY-MM-DD".'
  t.strictSame(releaseNotes(changelog, '0.4.0'), {
    notes: '- later',
    problem: `CHANGELOG.md has no section for 0.4.0: ${noSection}`
  })
  t.match(releaseNotes('# Changelog', '0.3'), { notes: '', problem: /^CHANGELOG\.md has no section for 0\.3:/ })
  for (const version of ['0.2.0', '0.0.9'])
    t.match(releaseNotes(changelog, version), {
      notes: /undated/,
      problem: `CHANGELOG.md has no date for ${version}: write the heading as "## [${version}] - YYYY-MM-DD".`
    })
  t.match(releaseNotes(changelog, '0.1.0'), {
    notes: '',
    problem: /^CHANGELOG\.md does not say what is new in 0\.1\.0:/
  })
})

t.test('Every package.json and the lock file have to have the version of the repository', async t => {
  const [old, current] = [{ version: '0.1.0' }, { version: '0.2.0' }]
  const all = { '': current, 'packages/client': current }
  t.strictSame(versionProblems(all, { packages: all }), [])

  const one = { ...all, 'packages/client': old }
  const stale = versionProblems(one, { packages: all })
  t.equal(stale.length, 1)
  t.match(stale[0], /^The version in packages\/client\/package\.json is 0\.1\.0, but package\.json has 0\.2\.0: write /)
  t.match(versionProblems(all, { packages: one }), [
    /^The version in package-lock\.json for packages\/client is 0\.1\.0,/
  ])
  t.match(versionProblems(all, { packages: { '': old } }), [
    /^The version in package-lock\.json for the repository is 0\.1\.0,/,
    /^The version in package-lock\.json for packages\/client is undefined,/
  ])
})

t.test('Only a prerelease gets the tag next', async t => {
  t.strictSame(['0.2.0', '1.0.0-rc.1'].map(distTag), ['latest', 'next'])
})

/** The faults of the changelog: a dated section without notes, or versions or dates that are not newest first. */
function changelogProblems(text: string): string[] {
  const headings = Array.from(text.matchAll(/^## \[(\d.*)\](?: - (\S+))?$/gm), ([, version = '', date = '']) => ({
    version,
    date
  }))
  const newer = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true }) > 0
  return headings.flatMap(({ version, date }, at) => {
    const next = headings[at + 1]
    const { problem } = releaseNotes(text, version)
    return [
      ...(problem ? [problem] : []),
      ...(next && !newer(version, next.version) ? [`${version} is above ${next.version}`] : []),
      ...(next && date < next.date ? [`${date} is above ${next.date}`] : [])
    ]
  })
}

t.test('Every version in CHANGELOG.md has a date and notes, and they are newest first', async t => {
  const text = readFileSync(join(import.meta.dirname, '../../../CHANGELOG.md'), 'utf8')
  t.match(text, /^## \[0\.2\.0\] - \d{4}-\d{2}-\d{2}$/m)
  t.strictSame(changelogProblems(text), [])
})
