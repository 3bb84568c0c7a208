import { join } from 'node:path'
import { test } from 'tap'
import { checkSecurityTxt } from '../../src/doctor/security-txt.ts'
import { configFrom } from '../../src/wiring/load-config.ts'

test('A file that lapses within 14 days, or has lapsed, is a warning with what to do; none is nothing', t => {
  const wellKnown = t.testdir({
    'security.txt': 'Contact: mailto:security@example.com\nExpires: 2030-01-31T12:00:00Z\n'
  })
  const securityTxt = join(wellKnown, 'security.txt')
  const { secret: _, ...config } = configFrom({ databaseUrl: 'sqlite::memory:', wellKnown })
  const at = (day: string) => checkSecurityTxt(config, new Date(`${day}T12:00:00Z`))
  const todo = 'Check it, give Expires a time within the next year, and restart the server.'
  const finding = (text: string) => [
    {
      check: 'security-txt',
      level: 'warning',
      text: `${securityTxt} ${text}, after which readers may ignore it. ${todo}`
    }
  ]
  t.same(at('2030-01-16'), [{ check: 'security-txt', level: 'ok', text: `${securityTxt} is valid until 2030-01-31.` }])
  t.same(at('2030-01-17'), finding('lapses on 2030-01-31'))
  t.same(at('2030-01-31'), finding('lapsed on 2030-01-31'))
  const { wellKnown: __, ...without } = config
  t.same(checkSecurityTxt(without, new Date()), [])
  t.end()
})
