/**
 * The lines of CHANGELOG.md about `version`. Throws an error that says what to write when the version has no heading
 * with a date, or no lines.
 */
export function releaseNotes(changelog: string, version: string): string {
  const section = changelog.split(/^(?=## )/m).find(section => section.startsWith(`## [${version}]`))
  const wanted = `## [${version}] - YYYY-MM-DD`
  if (section === undefined)
    throw new Error(`CHANGELOG.md has no section for ${version}: rename the heading "## [Unreleased]" to "${wanted}".`)
  const [heading = '', ...lines] = section.split('\n')
  if (!/ - \d{4}-\d{2}-\d{2}$/.test(heading))
    throw new Error(`CHANGELOG.md has no date for ${version}: write the heading as "${wanted}".`)
  const notes = lines.join('\n').trim()
  if (notes === '') throw new Error(`CHANGELOG.md does not say what is new in ${version}: add a line for each change.`)
  return notes
}
