import { existsSync, readFileSync } from 'node:fs'
import { lastNumber, pathOf, stringsOf } from './arguments.ts'
import type { Disk } from './disk.ts'
import type { Call } from './strace.ts'

/** SQLite writes the `-shm` file through memory, which strace cannot see, and builds it anew at each start. */
const isIgnored = (path: string) => path.endsWith('-shm')

/** Applies system calls to `disk`, whose files are below `root`. */
export function createReplay(disk: Disk, root: string) {
  const syncs = new Map<Call, (hasSucceeded: boolean) => void>()
  const isOn = (path: string | undefined): path is string =>
    path !== undefined && (path === root || path.startsWith(`${root}/`)) && !isIgnored(path)
  const isSync = ({ name, text }: Call) => /^f(data)?sync$/.test(name) && isOn(pathOf(text))
  const namesIn = ({ text }: Call) => stringsOf(text).map(String)

  /** Whether the bytes are in the file: the process ended in the call, which has had its effect or not. */
  const isThere = (path: string, offset: number, data: Buffer) =>
    existsSync(path) &&
    readFileSync(path)
      .subarray(offset, offset + data.length)
      .equals(data)

  function write(call: Call, path: string, offset: number) {
    const [data = Buffer.alloc(0)] = stringsOf(call.text)
    const length = call.result ?? (isThere(path, offset, data) ? data.length : 0)
    if (length > 0) disk.write(path, offset, data.subarray(0, length))
  }

  function copy(from: string | undefined, to: string, length: number) {
    // Both files are copied from their beginning.
    const offset = disk.read(to).length
    if (length > 0) disk.write(to, offset, Buffer.from(disk.read(String(from)).subarray(offset, offset + length)))
  }

  function onFile(call: Call, path: string) {
    const { name, text, result = -1 } = call
    if (name === 'pwrite64') write(call, path, lastNumber(text))
    // What Sallyport does not give to SQLite it writes from the beginning to the end.
    else if (name === 'write') write(call, path, disk.read(path).length)
    else if (result < 0) return
    else if (name === 'ftruncate') disk.resize(path, lastNumber(text))
    else if (name === 'sendfile') copy(pathOf(text, 1), path, result)
    else if (name === 'ioctl' && text.includes('FICLONE'))
      copy(pathOf(text, 1), path, disk.read(String(pathOf(text, 1))).length)
  }

  function onNames(call: Call, [first, second]: string[]) {
    // Of a call in which the process ended, the name says whether it has had its effect.
    const hasHappened =
      call.result === undefined
        ? first !== undefined && existsSync(first) !== /^(unlink|rmdir|rename)/.test(call.name)
        : call.result >= 0
    if (!hasHappened) return
    const { name, text } = call
    if (name.startsWith('open')) {
      if (!isOn(first) || !text.includes('O_CREAT')) return
      if (!disk.has(first)) disk.create(first)
      else if (text.includes('O_TRUNC')) disk.resize(first, 0)
    } else if (name.startsWith('mkdir') && isOn(first)) disk.makeFolder(first)
    else if (/^(unlink|rmdir)/.test(name) && isOn(first)) disk.remove(first)
    else if (name.startsWith('rename') && isOn(first) && isOn(second)) disk.rename(first, second)
    else if (name.startsWith('link') && isOn(first) && isOn(second)) disk.link(first, second)
  }

  return {
    begin(call: Call) {
      if (isSync(call)) syncs.set(call, disk.beginSync(String(pathOf(call.text))))
    },
    end(call: Call) {
      const { name, text } = call
      if (isSync(call)) {
        // A sync in which the process ended proves nothing, and drops nothing.
        if (call.result !== undefined) syncs.get(call)?.(call.result === 0)
        syncs.delete(call)
        return
      }
      if (/^(open|mkdir|unlink|rmdir|rename|link)/.test(name)) return onNames(call, namesIn(call))
      const path = pathOf(text)
      if (name === 'copy_file_range') {
        const to = pathOf(text, 1)
        if (isOn(to)) copy(path, to, Number(call.result))
      } else if (isOn(path) && name !== 'read') onFile(call, path)
    },
    /** Whether this call ends as a sync that makes something durable. */
    isSync: (call: Call) => isSync(call) && call.result === 0
  }
}
