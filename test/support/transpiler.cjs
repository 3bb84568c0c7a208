const { createHash } = require('node:crypto')
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const ts = require('typescript')

// Returns the JavaScript that tap's loader requests. Each test file is its own process, and most load the same two
// hundred sources, so the output for a source is cached for the next process until the source changes.

const folder = join(__dirname, '..', '..', '.tap', 'transpiled')
const sha256 = text => createHash('sha256').update(text).digest('hex')

exports.create = ({ service, nodeModuleEmitKind }) => {
  if (nodeModuleEmitKind !== 'nodeesm') return undefined
  mkdirSync(folder, { recursive: true })
  // The loader already knows that this is a module, and resolves source paths as they are written.
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

/** Another process may read the file at the same time, or write the same content. */
function write(path, content) {
  const own = `${path}.${process.pid}`
  writeFileSync(own, JSON.stringify(content))
  renameSync(own, path)
}
