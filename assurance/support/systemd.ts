import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { childrenOf } from '../../test/support/children.ts'
import { isInstalled } from './debian.ts'

const namespaces = ['--mount', '--pid', '--ipc', '--uts', '--net', '--cgroup', '--fork', '--kill-child']

/** Lays a file system in memory over that of this machine, at `$1/root`, and looks for the groups of processes. */
const overlay = `
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root" "$1/cgroup"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t cgroup2 cgroup2 "$1/cgroup"
`

/** Starts systemd there, with the folder `$2` at /src, the program `$3` as /usr/bin/node, and no services. */
const boot = `${overlay}
cd "$1/root"
mkdir -p src old
mount --bind "$2" src
touch usr/bin/node
mount --bind "$3" usr/bin/node
mount -t proc proc proc
mount -t sysfs sysfs sys -o ro
mount --move "$1/cgroup" sys/fs/cgroup
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp -o mode=1777
mount -t tmpfs tmpfs dev
for device in null zero full random urandom tty; do touch dev/$device; mount --bind /dev/$device dev/$device; done
mkdir dev/pts dev/shm
mount -t devpts devpts dev/pts -o newinstance,ptmxmode=0666
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
rm -rf etc/systemd/system/*.wants var/lib/private
for name in console-getty.service systemd-tmpfiles-setup.service systemd-udevd.service systemd-udev-trigger.service; do
  ln -sf /dev/null etc/systemd/system/$name
done
ip link set lo up
pivot_root . old
umount -l /old
# systemd makes credentials in a namespace of its own, from which they have to come here.
mount --make-rshared /
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /usr/lib/systemd/systemd --unit=multi-user.target
`

/** Why a test that starts systemd is skipped, or `false`. In CI nothing is skipped. */
export function skipWithoutSystemd(folder: string): string | false {
  if (process.env.CI) return false
  if (!isInstalled('systemd-run')) return 'systemd is not installed'
  mkdirSync(folder, { recursive: true })
  const tried = spawnSync('unshare', [...namespaces, 'bash', '-c', overlay, 'overlay', folder])
  return tried.status !== 0 && 'only root, on some machines, can start systemd'
}

/**
 * A machine like this one, in which systemd runs, and no service; what it writes is lost when the test ends. It has the
 * folder `source` at /src, and the program `node` as /usr/bin/node. The result runs commands there, in /src as root,
 * and returns their output; it throws when one fails.
 */
export async function bootSystemd(t: Test, { source, node }: { source: string; node: string }) {
  const place = join(t.testdirName, 'machine')
  mkdirSync(place, { recursive: true })
  const machine = spawn('unshare', [...namespaces, 'bash', '-c', boot, 'boot', place, source, node], {
    stdio: ['ignore', 'ignore', 'pipe']
  })
  const exit = once(machine, 'exit')
  let errors = ''
  machine.stderr.setEncoding('utf8').on('data', text => {
    errors += text
  })
  t.teardown(async () => {
    machine.kill('SIGKILL')
    await exit
    rmSync(place, { recursive: true })
  })
  const run = (commands: string) => {
    const inside = `--target=${childrenOf(Number(machine.pid))[0]} -m -p -i -u -n -C --root --wdns=/src`.split(' ')
    const env = ['env', '-i', 'PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', 'TERM=dumb']
    const { status, stdout, stderr } = spawnSync('nsenter', [...inside, ...env, 'bash', '-ec', commands], {
      encoding: 'utf8'
    })
    if (status !== 0) throw new Error(`The commands failed with ${status}: ${stdout}${stderr}`)
    return stdout
  }
  const isUp = () => {
    try {
      return /running|degraded/.test(run('systemctl is-system-running || true'))
    } catch {
      return false
    }
  }
  while (!isUp()) {
    if (machine.exitCode !== null) throw new Error(`systemd ended with ${machine.exitCode}: ${errors}`)
    await sleep(100)
  }
  return run
}
