import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The licenses of the packages whose files are `inputs` of a bundle. They ask to be passed on with it. */
export function licensesOf(inputs) {
  const folders = inputs.map(path => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
  const texts = [...new Set(folders.filter(Boolean))].sort().map(folder => {
    const file = readdirSync(folder)
      .sort()
      .find(name => /^licen[cs]e/i.test(name))
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), 'utf8') : ''}`
  })
  return texts.join('\n----\n\n')
}
