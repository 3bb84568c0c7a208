import { isUtf8 } from 'node:buffer'

/** The maximum length of a line in bytes, so that a binary file does not fill the memory. */
export const maxLineLength = 128_000

/** A line of a text. */
export interface Line {
  line: number
  /** The text without the line ending; empty when the line is too long. */
  text: string
  /** The line ending; empty at the end of a file. */
  end: string
  /** Why `text` is not the content of the line. */
  problem?: 'is not UTF-8' | 'is too long'
}

const [lf, cr] = [0x0a, 0x0d]

/**
 * Splits chunks of text into lines. `node:readline` has no length limit, and also ends lines at U+2028, which is valid
 * in a JSON string.
 */
export function createLineSplitter(options: { cr: boolean }) {
  let count = 0
  let pieces: Buffer[] = []
  let length = 0
  // A CR that may be the first half of a CRLF.
  let hasLastCr = false

  function keep(piece: Buffer) {
    length += piece.length
    if (length <= maxLineLength) pieces.push(piece)
    else pieces = []
  }

  function finish(end: string): Line {
    const line = ++count
    const bytes = Buffer.concat(pieces)
    const isTooLong = length > maxLineLength
    pieces = []
    length = 0
    if (isTooLong) return { line, text: '', end, problem: 'is too long' }
    const text = line === 1 ? bytes.toString().replace(/^\ufeff/, '') : bytes.toString()
    return isUtf8(bytes) ? { line, text, end } : { line, text, end, problem: 'is not UTF-8' }
  }

  return {
    *push(chunk: Buffer): Generator<Line> {
      let begin = 0
      if (hasLastCr) {
        hasLastCr = false
        if (chunk[0] === lf) begin = 1
        yield finish(begin === 1 ? '\r\n' : '\r')
      }
      let nextLf = chunk.indexOf(lf, begin)
      let nextCr = options.cr ? chunk.indexOf(cr, begin) : -1
      while (nextLf !== -1 || nextCr !== -1) {
        const isCr = nextCr !== -1 && (nextLf === -1 || nextCr < nextLf)
        const at = isCr ? nextCr : nextLf
        keep(chunk.subarray(begin, at))
        begin = at + 1
        if (isCr && begin === chunk.length) {
          hasLastCr = true
          return
        }
        const isCrLf = isCr && nextLf === begin
        if (isCrLf) begin++
        yield finish(isCrLf ? '\r\n' : isCr ? '\r' : '\n')
        if (nextLf !== -1 && nextLf < begin) nextLf = chunk.indexOf(lf, begin)
        if (isCr) nextCr = chunk.indexOf(cr, begin)
      }
      keep(chunk.subarray(begin))
    },

    /** The rest of the text, after the last chunk. */
    *end(): Generator<Line> {
      if (hasLastCr) yield finish('\r')
      else if (length > 0) yield finish('')
    }
  }
}
