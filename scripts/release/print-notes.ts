import { readFileSync } from 'node:fs'
import { releaseNotes } from './notes.ts'

// `npm run -s notes -- VERSION`: prints the notes of a version, for its tag and for the page of the release.

const version = String(process.argv[2])
const { notes, problem } = releaseNotes(readFileSync('CHANGELOG.md', 'utf8'), version)
if (problem) {
  console.error(problem)
  process.exitCode = 1
} else {
  console.log(`# Sallyport ${version}\n\n${notes}`)
}
