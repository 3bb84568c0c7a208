import { test } from 'tap'
import { checkDriver } from '../../src/doctor/driver.ts'

test('the driver and its Node.js version are reported', async t => {
  t.strictSame(
    checkDriver(() => ({ version: '13.2.0' })),
    {
      check: 'driver',
      level: 'ok',
      text: `better-sqlite3 13.2.0 runs on Node.js ${process.versions.node}.`
    }
  )
})

test('a driver that would crash is an error with a remedy', async t => {
  const refuse = () => {
    throw new Error('Install better-sqlite3 13.')
  }
  t.strictSame(checkDriver(refuse), { check: 'driver', level: 'error', text: 'Install better-sqlite3 13.' })
})
