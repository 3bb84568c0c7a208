import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { select } from '../../../test/support/select.ts'
import { inspect, whole } from '../../support/inspect.ts'
import type { Fault } from '../fault.ts'

/** A backup has every account that was acknowledged before. */
export const backup: Fault = {
  name: 'backup',
  async run({ service, load }) {
    const file = join(service.folder, 'backup.db')
    const before = load.names().existing
    rmSync(file, { force: true })
    await service.command(['backup', file])
    const kept = new Set(load.names().existing)
    const saved = new Set(
      (await select(`sqlite:${file}`, 'SELECT username FROM users')).map(({ username }) => username)
    )
    const missing = before.filter(name => kept.has(name) && !saved.has(name))
    if (missing.length > 0) throw new Error(`The backup lacks ${missing}`)
    const found = JSON.stringify(await inspect(`sqlite:${file}`))
    if (found !== JSON.stringify(whole)) throw new Error(`The backup is damaged: ${found}`)
  }
}
