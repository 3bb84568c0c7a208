const { readFileSync } = require('node:fs')
const { register } = require('node:module')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')
const { isMainThread } = require('node:worker_threads')

// Loads the JavaScript that scripts/test.ts has compiled, in every test process and the programs that it starts. tap's
// loader would compile a source in each process. This file precedes tap's other loaders, which then see JavaScript.

const root = pathToFileURL(join(__dirname, '../../')).href
const compiled = join(__dirname, '../../.tap/compiled')
const uncaught = join(__dirname, 'uncaught.mjs')
/** What tap loads for its coverage, which is off, into each process and, by NODE_OPTIONS, into its children. */
const processInfo = /"?(--import=)?[^" ]*\/@tapjs\/processinfo\/dist\/esm\/import\.mjs"?/

exports.load = async (url, context, next) => {
  // A mocked module has a query.
  const [file] = url.split('?')
  if (processInfo.test(file)) return { format: 'module', shortCircuit: true, source: '' }
  if (/\/async-hook-domain\/dist\/mjs\/index\.js$/.test(file))
    return { format: 'module', shortCircuit: true, source: readFileSync(uncaught, 'utf8') }
  if (!file.startsWith(root) || !file.endsWith('.ts')) return next(url, context)
  const path = join(compiled, file.slice(root.length).replace(/ts$/, 'js'))
  return { format: 'module', shortCircuit: true, source: readFileSync(path, 'utf8') }
}

// Node.js also loads this file into the thread of the loaders.
if (isMainThread) {
  // Turns tap's loader off.
  process.env.TAP_TYPE_STRIP_ONLY = '1'
  // The programs that a test starts mock nothing.
  process.execArgv = process.execArgv.filter(argument => !/@tapjs\/(typescript|mock|processinfo)\//.test(argument))
  process.env.NODE_OPTIONS = String(process.env.NODE_OPTIONS ?? '').replace(processInfo, '')
  register(pathToFileURL(__filename))
}
