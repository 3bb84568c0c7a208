import { test } from 'tap'
import { checkDriver } from '../../src/doctor/driver.ts'

test('The driver is reported with its Node.js version, and one that would crash is an error', async t => {
  const text = `better-sqlite3 13.2.0 runs on Node.js ${process.versions.node}.`
  t.strictSame(
    checkDriver(() => ({ version: '13.2.0' })),
    { check: 'driver', level: 'ok', text }
  )
  const refuse = () => {
    throw new Error('Install better-sqlite3 13.')
  }
  t.strictSame(checkDriver(refuse), { check: 'driver', level: 'error', text: 'Install better-sqlite3 13.' })
})
