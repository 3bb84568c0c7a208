const { createHash } = require('node:crypto')
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const ts = require('typescript')

// What tap's loader asks for JavaScript. Each file of tests is a process of its own, and most of them load the same two
// hundred sources: what was made of a source is kept for the next process, until the source is another.

const folder = join(__dirname, '..', '..', '.tap', 'transpiled')
const sha256 = text => createHash('sha256').update(text).digest('hex')

exports.create = ({ service, nodeModuleEmitKind }) => {
  if (nodeModuleEmitKind !== 'nodeesm') return undefined
  mkdirSync(folder, { recursive: true })
  // The loader has read that this is a module, and finds the paths of sources as they are written.
  const compilerOptions = {
    ...service.config.options,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    rewriteRelativeImportExtensions: false
  }
  const how = JSON.stringify([ts.version, compilerOptions])

  function transpile(code, { fileName }) {
    const path = join(folder, `${sha256(fileName)}.json`)
    const from = sha256(how + code)
    const kept = read(path)
    if (kept?.from === from) return kept
    const made = ts.transpileModule(code, { fileName, compilerOptions, reportDiagnostics: true })
    if (made.diagnostics.length === 0) write(path, { from, ...made })
    return made
  }

  return { transpile }
}

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return undefined
  }
}

/** Another process may read it meanwhile, or write the same. */
function write(path, content) {
  const own = `${path}.${process.pid}`
  writeFileSync(own, JSON.stringify(content))
  renameSync(own, path)
}
