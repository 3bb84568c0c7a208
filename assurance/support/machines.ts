import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import type { Test } from 'tap'
import { nobody } from '../../test/support/embedded-postgres.ts'
import { debianEnv } from './debian.ts'

const ip = (...args: string[]) => execFileSync('ip', args, { env: debianEnv, encoding: 'utf8' })

/** Whether this process may create network namespaces. */
export function canCreateMachines(): boolean {
  const name = `sallyport-${process.pid}-tried`
  if (spawnSync('ip', ['netns', 'add', name], { env: debianEnv }).status !== 0) return false
  ip('netns', 'delete', name)
  return true
}

/**
 * Network namespaces that stand for machines in one network, whose bridge is in the first. They are removed with their
 * processes when the test ends.
 */
export function createMachines<Name extends string>(t: Test, names: readonly [Name, ...Name[]]) {
  const [hub] = names
  const space = (name: Name) => `sallyport-${process.pid}-${name}`
  const address = (name: Name) => `10.0.0.${names.indexOf(name) + 1}`
  const on = (name: Name, ...args: string[]) => ip('-n', space(name), ...args)
  const pids = (name: Name) => ip('netns', 'pids', space(name)).split('\n').filter(Boolean).map(Number)

  /** Ends every process of a machine at once, as a power cut does. */
  function kill(name: Name) {
    // A process may start another before it ends.
    for (let round = 0, found = pids(name); round < 100 && found.length > 0; round++, found = pids(name)) {
      for (const pid of found) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // It has ended since.
        }
      }
    }
  }

  const created: Name[] = []
  t.teardown(() => {
    for (const name of created) {
      kill(name)
      ip('netns', 'delete', space(name))
    }
  })

  for (const name of names) {
    ip('netns', 'add', space(name))
    created.push(name)
    const device = name === hub ? 'bridge' : 'cable'
    if (name === hub) on(hub, 'link', 'add', 'name', device, 'type', 'bridge')
    else {
      on(hub, 'link', 'add', 'name', name, 'type', 'veth', 'peer', 'name', device, 'netns', space(name))
      on(hub, 'link', 'set', 'dev', name, 'master', 'bridge', 'up')
    }
    on(name, 'address', 'add', `${address(name)}/24`, 'dev', device)
    for (const used of ['lo', device]) on(name, 'link', 'set', 'dev', used, 'up')
  }

  return {
    /** The name of the machine's namespace. */
    space,
    address,
    kill,
    /** Starts a program on a machine, as the user nobody. Its output goes to the file descriptor `log`. */
    run(name: Name, log: number, program: string, args: string[]): ChildProcess {
      const { uid, gid } = nobody()
      const user = [`--setuid=${uid}`, `--setgid=${gid}`]
      // The shared memory that a killed PostgreSQL leaves behind ends with the namespace `ipc`.
      const entry = ['--ipc', 'nsenter', `--net=/run/netns/${space(name)}`, ...user]
      return spawn('unshare', [...entry, program, ...args], { env: debianEnv, cwd: '/', stdio: ['ignore', log, log] })
    },
    /** Pulls out the cable of a machine other than the first. */
    cut: (name: Name) => on(hub, 'link', 'set', 'dev', name, 'down'),
    /** Plugs it in again. */
    mend: (name: Name) => on(hub, 'link', 'set', 'dev', name, 'up')
  }
}
