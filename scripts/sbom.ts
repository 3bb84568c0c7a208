import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

// `npm run sbom`: writes the shipped packages as CycloneDX to standard output. npm's `--omit=dev` also omits packages
// that are needed by the tests too, such as pg. So npm lists everything but the packages in `packages/`, which are not
// part of an installation, and this script drops the development dependencies, except those that the build has compiled
// into the console.

interface Component {
  'bom-ref': string
  properties?: { name: string }[]
}

const printed = execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only', '--workspaces=false'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024
})
const bom = JSON.parse(printed)
// The build lists them with their licenses.
const licenses = readFileSync('dist/console/licenses.txt', 'utf8')
const bundled = new Set(
  Array.from(licenses.matchAll(/^(@?[\w/-]+) (\d\S*) \(/gm), ([, name, version]) => `${name}@${version}`)
)
const components = (bom.components as Component[]).filter(
  component =>
    bundled.has(component['bom-ref']) ||
    !component.properties?.some(({ name }) => name === 'cdx:npm:package:development')
)
const root = bom.metadata.component as Component & { name: string }
// npm would use the name of the folder.
root.name = root['bom-ref'].replace(/@[^@]*$/, '')
const shipped = new Set([root['bom-ref'], ...components.map(component => component['bom-ref'])])
const dependencies = (bom.dependencies as { ref: string; dependsOn: string[] }[])
  .filter(({ ref }) => shipped.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(name => shipped.has(name)) }))
process.stdout.write(`${JSON.stringify({ ...bom, components, dependencies }, null, 2)}\n`)
