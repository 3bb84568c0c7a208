import { execFileSync } from 'node:child_process'

// `npm run sbom`: what is shipped, as CycloneDX, on standard output. npm's own `--omit=dev` also leaves out whatever a
// package of the tests needs as well, such as pg; so npm lists everything, and this drops what npm
// marks as being for development.

interface Component {
  'bom-ref': string
  properties?: { name: string }[]
}

const printed = execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024
})
const bom = JSON.parse(printed)
const components = (bom.components as Component[]).filter(
  ({ properties = [] }) => !properties.some(({ name }) => name === 'cdx:npm:package:development')
)
const root = bom.metadata.component as Component & { name: string }
// npm takes the name of the folder.
root.name = root['bom-ref'].replace(/@[^@]*$/, '')
const shipped = new Set([root['bom-ref'], ...components.map(component => component['bom-ref'])])
const dependencies = (bom.dependencies as { ref: string; dependsOn: string[] }[])
  .filter(({ ref }) => shipped.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(name => shipped.has(name)) }))
process.stdout.write(`${JSON.stringify({ ...bom, components, dependencies }, null, 2)}\n`)
