import { apart } from '../cores.ts'
import { account } from '../entrants/entrant.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { postRefresh } from '../entrants/token-server.ts'
import { assertStatuses } from '../load/generator.ts'
import type { RateJob, RateResult } from '../load/jobs.ts'
import { createProver, proved } from '../proofs.ts'
import { ask, getJson, type HttpRequest, postForm } from '../request.ts'
import { inWarmRounds, secondsIn } from '../rounds.ts'
import { ratios } from '../stats.ts'
import { untilIdle } from '../usage.ts'
import { idleNotes, perCpuSecond, perSecondLine, shown, withGenerator } from './field.ts'
import { type Figure, line } from './figure.ts'

const operations = { me: '`GET /users/me`', refresh: 'refresh', login: 'login at bcrypt cost 4' } as const
type Operation = keyof typeof operations
type Load = Pick<RateJob, 'requests' | 'refreshTokens' | 'proofs'>

/** No server on one core answers more requests that write. The dropped first round is twice as long. */
const proofsPerSecond = 25_000

/** The same requests with bearer tokens, and with tokens that are bound to a key (DPoP, RFC 9449). */
export const dpop: Figure = {
  name: 'dpop',
  title: 'DPoP beside bearer tokens',
  async measure({ rounds, seconds, isSmoke, folder, progress }) {
    const cores = apart(1)
    const env = { BCRYPT_COST: '4', HASH_CONCURRENCY: '2' }
    const server = await sallyport.start({ folder: folder(), cores: cores.server, env })
    const { url, pid } = server
    await ask(url, sallyport.register)
    const prover = await createProver(url)
    const connections = isSmoke ? 4 : 32

    const login = postForm('/token', { grant_type: 'password', username: account.username, password: account.password })
    const provedOnce = async (request: HttpRequest, token?: string) => {
      const [proof] = await prover.prove(request, { count: 1, ...(token !== undefined && { token }) })
      return proved(request, proof)
    }
    const tokensOf = async (isBound: boolean) => (await ask(url, isBound ? await provedOnce(login) : login)).json
    const writing = async (request: HttpRequest, isBound: boolean): Promise<Load> => ({
      requests: [request],
      ...(isBound && { proofs: await prover.prove(request, { count: Math.ceil(proofsPerSecond * seconds) }) })
    })
    const loads: Record<Operation, (isBound: boolean) => Promise<Load>> = {
      async me(isBound) {
        const token = String((await tokensOf(isBound)).access_token)
        const request = getJson('/users/me', token)
        return { requests: [isBound ? await provedOnce(request, token) : request] }
      },
      async refresh(isBound) {
        const refreshTokens: string[] = []
        while (refreshTokens.length < connections) refreshTokens.push(String((await tokensOf(isBound)).refresh_token))
        return { ...(await writing(postRefresh('/token', ''), isBound)), refreshTokens }
      },
      login: isBound => writing(login, isBound)
    }

    const names = Object.keys(operations) as Operation[]
    const measured = await withGenerator({ cores: cores.load }, generator =>
      inWarmRounds(
        names.flatMap(name => [name, `${name}-dpop`]),
        rounds,
        async (name, round): Promise<RateResult> => {
          const load = await loads[name.replace('-dpop', '') as Operation](name.endsWith('-dpop'))
          const about = { kind: 'rate', url, pid, connections, ownsCore: cores.load !== undefined } as const
          const result = await generator.run({ ...about, ...load, seconds: secondsIn(round, seconds) })
          assertStatuses(name, result.statuses)
          await untilIdle(pid)
          progress(`round ${round + 1}/${rounds}  ${name}  ${shown(result)}`)
          return result
        }
      )
    )
    await server.stop()

    const of = (name: string) => measured[name] ?? []
    const rates = (name: string) => of(name).map(({ perSecond }) => perSecond)
    const perCpu = (name: Operation) => {
      const [bearer, bound] = [perCpuSecond(of(name)), perCpuSecond(of(`${name}-dpop`))]
      return bearer && bound ? { bearer, bound } : undefined
    }
    const me = perCpu('me')
    const microseconds = (perSecond: number) => 1e6 / perSecond
    return {
      lines: [
        ...names.flatMap(name => {
          const what = `${operations[name]}: DPoP ÷ bearer`
          const cpu = perCpu(name)
          return [
            line(`${name}-ratio`, what, '×', ratios(rates(`${name}-dpop`), rates(name))),
            ...(cpu ? [line(`${name}-cpu`, `${what}, by processor time`, '×', ratios(cpu.bound, cpu.bearer))] : [])
          ]
        }),
        ...(me
          ? [
              line(
                'check',
                'processor time of a proof at `/users/me`',
                'µs',
                me.bound.map((rate, round) => microseconds(rate) - microseconds(me.bearer[round] as number))
              )
            ]
          : []),
        ...names.flatMap(name => [
          perSecondLine(name, `${operations[name]}, bearer`, of(name)),
          perSecondLine(`${name}-dpop`, `${operations[name]}, DPoP`, of(`${name}-dpop`))
        ])
      ],
      notes: [
        `${connections} connections; proofs with ES256, signed before the measurement. A refresh and a login have a new proof each. ` +
          'At `/users/me` all requests have the same, whose signature the server verifies each time.',
        ...idleNotes(measured)
      ]
    }
  }
}
