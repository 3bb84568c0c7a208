import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Command } from '../../test/support/built.ts'

/** What changes files, and `read`, for the requests that a server receives. */
const traced = [
  ...['openat', 'read', 'write', 'writev', 'pwrite64', 'ftruncate', 'fsync', 'fdatasync', 'copy_file_range'],
  ...['sendfile', 'ioctl', '?open', '?mkdir', 'mkdirat', '?rename', 'renameat', 'renameat2', '?link', 'linkat'],
  ...['?unlink', 'unlinkat', '?rmdir']
]

/** Throws an Error when this system does not let strace trace a process. */
export function assertTracing() {
  const { error, status, stderr } = spawnSync('strace', ['-o', '/dev/null', 'true'], { encoding: 'utf8' })
  const reason = error?.message ?? (status !== 0 && stderr)
  if (reason) throw new Error(`strace must be allowed to trace a process (in a container, SYS_PTRACE): ${reason}`)
}

/** `program` under strace, which writes its system calls to `file`, and makes those that `inject` describes fail. */
export const underStrace = (file: string, program: Command, inject?: string): Command => [
  // As the parent of strace, not its child, the program gets the signals that are sent to the child process.
  ...(['strace', '--daemonize', '--seccomp-bpf', '-f', '-y', '-q', '-ttt', '-s', '1048576', '-o', file] as const),
  ...['-e', 'signal=none', '-e', `trace=${traced.join()}`],
  ...(inject ? ['-e', `inject=${inject}`] : []),
  ...program
]

/** A system call. `text` has its arguments, as strace prints them. `result` is missing if the process ended in it. */
export interface Call {
  name: string
  text: string
  result?: number
}

/** The beginning or the end of a call, or both when nothing else happened in between. `at` is in seconds. */
export interface Step {
  at: number
  call: Call
  begins: boolean
  ends: boolean
}

/** The calls in these traces that are about the folder, a socket or the output, in their order. */
export function readTraces(files: string[], folder: string): Step[] {
  const steps = files.flatMap(file => readTrace(file, folder))
  return steps.sort((a, b) => a.at - b.at)
}

function readTrace(file: string, folder: string): Step[] {
  const steps: Step[] = []
  const unfinished = new Map<string, Call>()
  const add = (at: number, call: Call, begins: boolean, ends: boolean) => steps.push({ at, call, begins, ends })
  const isOurs = (text: string) => /^1<|<socket:/.test(text.slice(0, 40)) || text.slice(0, 500).includes(folder)
  let last = 0
  for (const line of linesOf(file)) {
    const [head = '', pid = '', time, resumes, name = ''] =
      /^(\d+) +([\d.]+) (<\.\.\. )?(\w+)(?:\(| resumed>)/.exec(line) ?? []
    if (!head) continue
    last = Number(time)
    const text = line.slice(head.length)
    const known = unfinished.get(pid)
    if (resumes) {
      unfinished.delete(pid)
      if (known) add(last, finish(known, known.text + text), false, true)
    } else if (!isOurs(text)) continue
    else if (text.endsWith(' <unfinished ...>')) {
      const call = { name, text: text.slice(0, -' <unfinished ...>'.length) }
      unfinished.set(pid, call)
      add(last, call, true, false)
    } else add(last, finish({ name, text }, text), true, true)
  }
  for (const call of unfinished.values()) add(last, call, false, true)
  return steps
}

/** The lines of a file, which may be longer than a string can be. */
function* linesOf(file: string) {
  const bytes = readFileSync(file)
  for (let from = 0, to = bytes.indexOf('\n'); to >= 0; from = to + 1, to = bytes.indexOf('\n', from))
    yield bytes.toString('latin1', from, to)
}

/** Adds the result of a call, which is at the end of its text. */
function finish(call: Call, text: string): Call {
  const [, result] = /\) += (-?\d+)[^"]*$/.exec(text.slice(-400)) ?? []
  return Object.assign(call, { text }, result === undefined ? {} : { result: Number(result) })
}
