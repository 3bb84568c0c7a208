import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../../test/support/faults.ts'
import { auditorScopes } from './auditor.ts'
import { assertExplained, assertIdle, assertNames, assertWhole } from './checks.ts'
import type { Fault, World } from './fault.ts'
import { startLoad } from './load.ts'
import type { Engine, Options } from './options.ts'
import { createWatch } from './processes.ts'
import { faultsOf, shuffled } from './schedule.ts'
import { startService } from './service.ts'
import type { Teardowns } from './teardowns.ts'

/** How long a request that got no answer may still take effect. */
const settleMs = 1000
/** How long there is load without a fault after each. */
const quietMs = 2000
/** In shorter runs, memory has not levelled off. */
const minutesForMemory = 10

/** Runs faults in random order against a service under load, for the given time. Resolves to what was wrong. */
export async function soak(engine: Engine, { minutes, seed }: Options, teardowns: Teardowns): Promise<string[]> {
  const begun = performance.now()
  const since = () => (performance.now() - begun) / 60_000
  /** Each once: the audit trail, for example, stays broken. */
  const differences = new Map<string, string>()
  let [current, latest]: (Fault | undefined)[] = []
  const report = (what: string) => {
    if (teardowns.hasBegun() || differences.has(what)) return
    differences.set(what, `${engine}, after ${since().toFixed(2)} minutes, ${latest?.name ?? 'no fault'}: ${what}`)
    console.log(differences.get(what))
  }

  const service = await startService(engine, teardowns)
  const scopes = auditorScopes.join()
  const create = ['clients', 'create', 'soak', '--confidential', '--grants', 'client_credentials', '--scopes', scopes]
  for (const node of service.nodes) await node.start()
  const { client_id, client_secret } = JSON.parse(await service.command([...create, '--json']))
  const load = startLoad({
    next: service.nextUrl,
    seed,
    api: { client_id, client_secret },
    isInterrupted: () => current?.interrupts === true,
    report
  })
  const world: World = { service, load, random: createRandom(seed), teardowns }
  const watch = createWatch()
  const pids = () => service.nodes.flatMap(node => node.pids())

  async function suffer(fault: Fault): Promise<void> {
    console.log(`${engine}, after ${since().toFixed(2)} minutes: ${fault.name}`)
    current = latest = fault
    await fault.run(world).catch(error => report(error.message))
    await sleep(settleMs)
    for (const what of await load.verify(false)) report(what)
    await load.worked()
    current = undefined
    await sleep(quietMs)
    assertExplained(service, fault.logs, report)
    await assertWhole(service, report)
    watch.sample(pids())
  }

  const possible = faultsOf[engine].filter(({ missing }) => missing === undefined)
  for (const { name, missing } of faultsOf[engine]) {
    if (missing === undefined) continue
    console.log(`${engine}: ${name}: ${missing}`)
    // There nothing is skipped.
    if (process.env.CI) report(`${name}: ${missing}`)
  }
  try {
    await load.worked()
    for (const fault of shuffled(possible, world.random)) await suffer(fault)
    while (since() < minutes) {
      // Processes that live through the last third show whether they grow.
      const isLastThird = since() > (2 / 3) * minutes
      const next = possible.filter(({ endsProcesses }) => !(isLastThird && endsProcesses))
      for (const fault of shuffled(next, world.random)) {
        if (since() > minutes || isLastThird !== since() > (2 / 3) * minutes) break
        await suffer(fault)
      }
    }
    await load.stop()
    await sleep(settleMs)
    for (const what of await load.verify(true)) report(what)
    await assertNames(service, load, report)
    await assertIdle(() => watch.leaks(pids()), report)
    for (const { pid, thirdMb, lastMb, samples, grows } of watch.memory(pids())) {
      console.log(`${engine}: process ${pid}: ${thirdMb} MB, then ${lastMb} MB, in ${samples} samples`)
      if (grows && minutes >= minutesForMemory) report(`process ${pid} grew from ${thirdMb} to ${lastMb} MB`)
    }
    for (const node of service.nodes) await node.stop()
    assertExplained(service, undefined, report)
    await service.command(['audit', 'verify'])
    await assertWhole(service, report)
  } catch (error) {
    report(String((error as Error).stack))
  }
  await load.stop()
  const { acknowledged, refused } = load.counts()
  console.log(`${engine}: ${acknowledged} writes acknowledged, ${refused} requests answered with 503`)
  return [...differences.values()]
}
