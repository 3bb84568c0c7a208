import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

// `npm run sbom`: writes the shipped packages as CycloneDX to standard output. npm's `--omit=dev` also omits packages
// that are needed by the tests too, such as pg. So npm lists everything but the packages in `packages/`, which are not
// part of an installation, and this script drops the development dependencies, except those that the build has compiled
// into the console. A component that is compiled in has the property `sallyport:compiledInto`; an installation from npm
// may have another version of it in `node_modules`. The time and the random serial number are left out, so that a commit
// has one list, with one Node.js and npm, whose versions it has.

interface Component {
  'bom-ref': string
  properties?: { name: string; value: string }[]
}

const printed = execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only', '--workspaces=false'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024
})
const bom = JSON.parse(printed)
/** Where the build has compiled each package in, by its reference, as the licenses beside it say. */
const places: Record<string, string[]> = {}
for (const place of ['dist/bin', 'dist/console']) {
  const licenses = readFileSync(`${place}/licenses.txt`, 'utf8')
  for (const [, name, version] of licenses.matchAll(/^(@?[\w./-]+) (\d\S*) \(/gm)) {
    const ref = `${name}@${version}`
    places[ref] = [...(places[ref] ?? []), place]
  }
}
const all = bom.components as Component[]
const unknown = Object.keys(places).filter(ref => !all.some(component => component['bom-ref'] === ref))
if (unknown.length > 0)
  throw new Error(`The lock file does not have what is compiled into dist: ${unknown}. Build again.`)
const components = all
  .filter(
    ({ 'bom-ref': ref, properties }) =>
      places[ref] || !properties?.some(({ name }) => name === 'cdx:npm:package:development')
  )
  .map(component => {
    const compiled = (places[component['bom-ref']] ?? []).map(value => ({ name: 'sallyport:compiledInto', value }))
    return { ...component, properties: [...(component.properties ?? []), ...compiled] }
  })
const { serialNumber: _, ...lasting } = bom
delete lasting.metadata.timestamp
lasting.metadata.tools.push({ vendor: 'Node.js', name: 'node', version: process.versions.node })
const root = bom.metadata.component as Component & { name: string }
// npm would use the name of the folder.
root.name = root['bom-ref'].replace(/@[^@]*$/, '')
const shipped = new Set([root['bom-ref'], ...components.map(component => component['bom-ref'])])
const dependencies = (bom.dependencies as { ref: string; dependsOn: string[] }[])
  .filter(({ ref }) => shipped.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(name => shipped.has(name)) }))
process.stdout.write(`${JSON.stringify({ ...lasting, components, dependencies }, null, 2)}\n`)
