'use strict'
const { readFileSync } = require('node:fs')
const { SourceMap } = require('node:module')
const { fileURLToPath } = require('node:url')

// Stack traces name the sources, not the bundle. With `--enable-source-maps`, Node.js would read every source map at the
// start; this reads one when a stack trace first needs it.

const maps = new Map()

function sourceMapOf(url) {
  if (!maps.has(url)) maps.set(url, new SourceMap(JSON.parse(readFileSync(new URL(`${url}.map`), 'utf8'))))
  return maps.get(url)
}

function inSource(position, url, line, column) {
  try {
    const { originalSource, originalLine, originalColumn } = sourceMapOf(url).findEntry(line - 1, column - 1)
    return `${fileURLToPath(new URL(originalSource, url))}:${originalLine + 1}:${originalColumn + 1}`
  } catch {
    // The map cannot be read, as after an update of the package under a running server.
    return position
  }
}

Error.prepareStackTrace = (error, frames) =>
  [
    Error.prototype.toString.call(error),
    ...frames.map(frame => String(frame).replace(/(file:.+\/dist\/bin\/[^/]+\.js):(\d+):(\d+)/, inSource))
  ].join('\n    at ')
