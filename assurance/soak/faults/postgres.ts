import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../fault.ts'

const times = 10
const logs = /PostgreSQL|Connection terminated|terminating connection|57P0|ECONN|EPIPE|unavailable/

/** Some of the connections of the nodes, again and again. */
export const connectionsCut: Fault = {
  name: 'connections to PostgreSQL cut',
  interrupts: true,
  logs,
  async run({ service, random }) {
    for (let time = 0; time < times; time++) {
      await service.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND random() < 0.3`)
      await sleep(random.below(400))
    }
  }
}

/** As after a power cut, but with the data that the system has taken. */
export const postgresCrashed: Fault = {
  name: 'PostgreSQL stopped at once and started',
  interrupts: true,
  logs,
  async run({ service: { postgres }, random }) {
    await postgres?.stop('SIGQUIT')
    await sleep(random.below(2000))
    await postgres?.start()
  }
}
