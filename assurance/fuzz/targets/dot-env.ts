import assert from 'node:assert/strict'
import { dotEnvLine, parseDotEnv } from '../../../src/config/dot-env.ts'

// The reader of `.env` files: no problem shows a value, a file without quotes means what its lines say, and what
// `sallyport init` writes is read back.

const problem =
  /^(?:[A-Z0-9_]+ in line \d+ of \.env (?:starts with a quote: .*|has a # .*)|line \d+ of \.env is not an assignment: .*)$/
const plain = /^[^\S\n]*(?:export[^\S\n]+)?([A-Za-z_][\w.-]*)[^\S\n]*=(.*)$/

export function fuzz(data: Buffer) {
  const text = data.toString()
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/)
  const problems: string[] = []
  const values = parseDotEnv(text, problems)
  assert.ok(problems.length <= lines.length && Object.keys(values).length <= lines.length)
  for (const text of problems) assert.match(text, problem)
  if (!/["'`#]/.test(text)) {
    const pairs = lines.flatMap(line => {
      const [, name, value = ''] = plain.exec(line) ?? []
      return name === undefined || name === '__proto__' ? [] : [[name, value.trim()] as const]
    })
    assert.deepEqual(values, Object.fromEntries(pairs))
  }
  const line = dotEnvLine('ISSUER', text)
  if (line === undefined) return
  assert.deepEqual(parseDotEnv(`# first\n${line}\nPORT=1\n`, problems), { ISSUER: text, PORT: '1' })
}
