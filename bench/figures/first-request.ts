import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { peerFolder, rootFolder, runToEnd } from '../entrants/packages.ts'
import { databaseSettings, sallyport } from '../entrants/sallyport.ts'
import { ask } from '../request.ts'
import { inRounds } from '../rounds.ts'
import { ratios } from '../stats.ts'
import { freshMe, type Runner, startAll } from './field.ts'
import { type Figure, line } from './figure.ts'

const issuer = 'http://127.0.0.1:3000'

/** The wait of a user when a serverless platform has no process left. */
export const firstRequest: Figure = {
  name: 'first-request',
  title: 'First request of a serverless start',
  async measure({ rounds, folder, progress }) {
    const place = { folder: folder(), env: { ISSUER: issuer, ACCESS_TOKEN_TTL: '86400' } }
    const runner = (await startAll([sallyport], place)).sallyport as Runner
    const { url, stop } = runner.server
    const requests = { me: await freshMe(runner), login: sallyport.logIn }
    const [account, tokens] = [(await ask(url, requests.me)).json, (await ask(url, requests.login)).json]
    await stop()
    const answers = join(place.folder, 'answers.json')
    writeFileSync(answers, JSON.stringify({ account, tokens }))

    const measured = await inRounds(['bare-me', 'me', 'bare-login', 'login'], rounds, async name => {
      const program = name.startsWith('bare-') ? 'bare.js' : 'sallyport.js'
      const seconds = runToEnd([process.execPath, join(peerFolder('serverless'), program)], rootFolder, {
        ...databaseSettings(place.folder),
        NODE_ENV: 'production',
        ISSUER: issuer,
        ANSWERS: answers,
        REQUEST: JSON.stringify(name.endsWith('login') ? requests.login : requests.me)
      })
      progress(`${name}  ${seconds.toFixed(2)} s`)
      return seconds
    })

    const of = (name: string) => measured[name] ?? []
    return {
      lines: (
        [
          ['me', 'GET /users/me'],
          ['login', 'a login']
        ] as const
      ).flatMap(([name, what]) => [
        line(`${name}-to-bare`, `${what}: Sallyport ÷ bare Fastify`, '×', ratios(of(name), of(`bare-${name}`))),
        line(name, `${what}: Sallyport`, 's', of(name)),
        line(`bare-${name}`, `${what}: bare Fastify`, 's', of(`bare-${name}`))
      ]),
      notes: [
        'From exec to the end of a process that embeds Sallyport, opens an existing SQLite database, answers one request ' +
          'without a port and exits; files in the cache of the system. The login includes a hash at cost 12.'
      ]
    }
  }
}
