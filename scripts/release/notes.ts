/**
 * The lines of CHANGELOG.md about `version`, or those of [Unreleased] if there are none. `problem` says what
 * to write when the version has no heading with a date, or no lines.
 */
export function releaseNotes(changelog: string, version: string): { notes: string; problem?: string } {
  const sections = changelog.split(/^(?=## )/m)
  const sectionOf = (name: string) => sections.find(section => section.startsWith(`## [${name}]`))
  const own = sectionOf(version)
  const [heading = '', ...lines] = (own ?? sectionOf('Unreleased') ?? '').split('\n')
  const notes = lines.join('\n').trim()
  const wanted = `## [${version}] - YYYY-MM-DD`
  if (own === undefined)
    return { notes, problem: `CHANGELOG.md has no section for ${version}: rename "## [Unreleased]" to "${wanted}".` }
  if (!/ - \d{4}-\d{2}-\d{2}$/.test(heading))
    return { notes, problem: `CHANGELOG.md has no date for ${version}: write the heading as "${wanted}".` }
  if (notes === '')
    return { notes, problem: `CHANGELOG.md does not say what is new in ${version}: add a line for each change.` }
  return { notes }
}
