/** The path of the first file descriptor, or of the one at `index`; `undefined` for a file without a name. */
export function pathOf(text: string, index = 0): string | undefined {
  const [, path, deleted] = [...text.matchAll(/(?:^|[ ,])\d+<([^>]*)>(\(deleted\))?/g)][index] ?? []
  return deleted ? undefined : path
}

/** The strings among the arguments, as bytes. Those of a longer text than strace prints are cut off. */
export function stringsOf(text: string): Buffer[] {
  const found: Buffer[] = []
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at)) {
    const { bytes, end } = unescaped(text, at + 1)
    found.push(bytes)
    at = end + 1
  }
  return found
}

/** The last number before the result. */
export const lastNumber = (text: string) =>
  Number(/(\d+)\)? *(?:= .*)?$/.exec(text.slice(text.lastIndexOf('"') + 1))?.[1])

const escapes: Record<string, number> = { n: 10, t: 9, r: 13, v: 11, f: 12, '"': 34, '\\': 92 }
const isOctal = (code: number) => code >= 48 && code <= 55

function unescaped(text: string, begin: number) {
  const bytes = Buffer.allocUnsafe(text.length - begin)
  let length = 0
  let at = begin
  for (; text.charCodeAt(at) !== 34; at++) {
    let code = text.charCodeAt(at)
    if (code === 92) {
      code = text.charCodeAt(++at)
      if (isOctal(code)) {
        code -= 48
        for (let digits = 1; digits < 3 && isOctal(text.charCodeAt(at + 1)); digits++)
          code = code * 8 + text.charCodeAt(++at) - 48
      } else code = escapes[text.charAt(at)] ?? code
    }
    bytes[length++] = code
  }
  return { bytes: Buffer.from(bytes.subarray(0, length)), end: at }
}
