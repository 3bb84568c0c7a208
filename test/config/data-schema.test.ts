import { join } from 'node:path'
import { type Test, test } from 'tap'
import { readDataSchema } from '../../src/config/data-schema.ts'
import { configFrom, loadConfig } from '../../src/wiring/load-config.ts'

/** The path of a file with this content. */
function fileOf(t: Test, content: unknown): string {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  return join(t.testdir({ 'schema.json': text }), 'schema.json')
}

const withProperty = (property: object) => ({ type: 'object', properties: { x: property } })

test('A schema is JSON Schema 2020-12 by default and when $schema says so, and draft-07 when it says so', t => {
  const tuple = { $schema: 'https://json-schema.org/draft/2020-12/schema', ...withProperty({ prefixItems: [false] }) }
  const validate = readDataSchema(fileOf(t, tuple))
  t.same([validate({ x: [] }), validate({ x: [1] })], [true, false])
  const { $schema, ...undeclared } = tuple
  t.equal(readDataSchema(fileOf(t, undeclared))({ x: [1] }), false)

  for (const end of ['', '#']) {
    const old = { $schema: `http://json-schema.org/draft-07/schema${end}`, ...withProperty({ items: [false] }) }
    const validateOld = readDataSchema(fileOf(t, old))
    t.same([validateOld({ x: [] }), validateOld({ x: [1] })], [true, false])
  }
  t.end()
})

test('Formats are checked, annotations do nothing, and a reference inside the file works', t => {
  const schema = {
    $id: 'https://example.com/data',
    title: 'Data',
    type: 'object',
    $defs: { address: { type: 'string', format: 'email', default: 'a@example.com' } },
    properties: { x: { $ref: '#/$defs/address' } }
  }
  const validate = readDataSchema(fileOf(t, schema))
  t.same([validate({ x: 'a@example.com' }), validate({ x: 'a' }), validate({})], [true, false, true])
  t.end()
})

const refused: Record<string, [unknown, RegExp]> = {
  // It may be another file, and is not quoted.
  'not JSON': ['SECRET=of another file', /^[^\n]*schema\.json is not JSON$/],
  'an array': [[], /is not a JSON Schema of an object: expected an object with "type": "object"$/],
  'a boolean': [true, /is not a JSON Schema of an object/],
  null: ['null', /is not a JSON Schema of an object/],
  'of another type': [{ type: 'array' }, /needs "type": "object" at its top, because data is an object$/],
  'of an older draft': [
    { $schema: 'http://json-schema.org/draft-04/schema#', type: 'object' },
    /has \$schema "http:\/\/json-schema\.org\/draft-04\/schema#": expected https:.*2020-12\/schema or http:.*draft-07\/schema$/
  ],
  'not valid': [withProperty({ type: 'text' }), /is not a JSON Schema: \/properties\/x\/type must be equal to/],
  'with an unknown keyword': [
    withProperty({ maxlength: 5 }),
    /would not check everything: unknown keyword: "maxlength"; correct or remove that$/
  ],
  'with an unknown format': [
    withProperty({ type: 'string', format: 'iban' }),
    /would not check everything: unknown format "iban" .*"#\/properties\/x"; correct or remove that$/
  ],
  'with a remote reference': [
    withProperty({ $ref: 'https://example.com/address.json' }),
    /refers to https:\/\/example\.com\/address\.json, which is not in the file: put it into \$defs of the file$/
  ],
  'with a reference to nothing': [withProperty({ $ref: '#/$defs/address' }), /refers to #\/\$defs\/address, which/],
  'with a wrong pattern': [withProperty({ pattern: '(' }), /cannot be used: Invalid regular expression/],
  'asynchronous, so that everything would pass': [
    { $async: true, ...withProperty({ type: 'string' }) },
    /has \$async: remove it/
  ]
}

test('A file is refused that is no schema, or one that would not check everything (scenario table)', t => {
  for (const [name, [content, message]] of Object.entries(refused)) {
    const path = fileOf(t, content)
    t.throws(() => readDataSchema(path), { message }, name)
  }
  t.end()
})

test('The server does not start with such a file, and names the setting', t => {
  const path = fileOf(t, '[]')
  const refuses = (start: () => unknown, problem: RegExp) =>
    t.throws(start, { name: 'ConfigError', problems: [problem] })
  const env = { DATABASE_URL: 'sqlite::memory:', ACCOUNT_DATA_SCHEMA: path }
  refuses(() => loadConfig(env, '/nonexistent'), /^ACCOUNT_DATA_SCHEMA: .* is not a JSON Schema of an/)
  const missing = { ...env, ACCOUNT_DATA_SCHEMA: `${path}.missing` }
  refuses(() => loadConfig(missing, '/nonexistent'), /^ACCOUNT_DATA_SCHEMA: cannot read .* \(ENOENT\)$/)
  const options = { databaseUrl: 'sqlite::memory:', accountDataSchema: path }
  refuses(() => configFrom(options), /^accountDataSchema: .* is not a JSON Schema of an object/)
  refuses(() => configFrom({ ...options, accountDataSchema: '' }), /^accountDataSchema is "", which is not/)
  t.equal(configFrom({ ...options, accountDataSchema: fileOf(t, { type: 'object' }) }).accountDataSchema, path)
  t.end()
})
