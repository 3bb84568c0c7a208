'use strict'
const { readFileSync } = require('node:fs')
const { SourceMap } = require('node:module')
const { join } = require('node:path')

const keepMs = 60_000

/**
 * Makes stack traces name the sources instead of the program that is built from them. With `--enable-source-maps`,
 * Node.js would read the source map at startup; this reads it when a stack trace needs it, and forgets it a minute after
 * the last one, because it takes 13 MB.
 */
exports.nameSources = program => {
  let map
  let forgetting

  function sourceMap() {
    map ??= new SourceMap(JSON.parse(readFileSync(`${program}.map`, 'utf8')))
    clearTimeout(forgetting)
    forgetting = setTimeout(() => {
      map = undefined
    }, keepMs).unref()
    return map
  }

  function inSource(frame) {
    const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()]
    const { originalSource, originalLine, originalColumn } = sourceMap().findEntry(line - 1, column - 1)
    const source = `${join(program, '..', originalSource)}:${originalLine + 1}:${originalColumn + 1}`
    return String(frame).replace(`${program}:${line}:${column}`, () => source)
  }

  function nameSource(frame) {
    try {
      return frame.getFileName() === program ? inSource(frame) : String(frame)
    } catch {
      // The map cannot be read, as after an update of the package under a running server.
      return String(frame)
    }
  }

  Error.prepareStackTrace = (error, frames) =>
    [Error.prototype.toString.call(error), ...frames.map(nameSource)].join('\n    at ')
}
