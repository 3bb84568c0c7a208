import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { PassThrough, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import { run } from '../../src/cli.ts'
import { createTerminal, type Streams } from '../../src/commands/terminal.ts'
import { logIn, password } from '../support/app.ts'
import { builtAlone } from '../support/built.ts'
import { createCli, withService } from '../support/cli.ts'
import { leapingTime } from '../support/clocks.ts'

/** A keyboard and a screen that record raw mode and answer each prompt with the next of `typed`. */
function createScreen(typed: (string | Buffer)[]) {
  const modes: boolean[] = []
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (mode: boolean) => void modes.push(mode)
  })
  const screen = { text: '' }
  const stderr = Object.assign(new PassThrough(), {
    isTTY: true,
    write(chunk: string) {
      screen.text += chunk
      // After the prompt, as a user would.
      if (/[:\]] $/.test(chunk)) setImmediate(() => stdin.write(typed.shift() ?? ''))
    }
  })
  const stdout = new PassThrough()
  return { streams: { stdin, stdout, stderr, env: {} } as unknown as Streams, screen, modes, stdin, stdout }
}

test('A password is read twice at the terminal, where Backspace works, and never shown', async t => {
  const { env } = createCli(t)
  const { streams, screen, modes, stdout } = createScreen([`x\u007f${password}\r`, `${password}!\u007f\r`])
  t.equal(await run(['users', 'create', 'alice'], { ...streams, env }), 0)
  t.equal(screen.text, 'Password: \nRepeat password: \n')
  t.same(modes, [true, false, true, false], 'the echo is off during input, and on again afterwards')
  stdout.end()
  t.notMatch(await text(stdout), password)
  await withService(env, async app => t.match(await logIn(app), { token_type: 'Bearer' }))
})

test('Ctrl-Z stops the process at a password prompt, and after fg the prompt appears again', async t => {
  const kills = t.capture(process, 'kill', () => {
    setImmediate(() => process.emit('SIGCONT', 'SIGCONT'))
    return true
  })
  const { streams, screen, modes } = createScreen(['half a password\u001a', `${password}\r`, `${password}\r`])
  t.equal(await createTerminal(streams).readNewPassword({}), password)
  t.match(kills(), [{ args: [process.pid, 'SIGTSTP'] }])
  t.equal(screen.text, 'Password: Password: \nRepeat password: \n')
  t.same(modes, [true, false, true, false, true, false], 'the echo is on while the process is stopped')
})

test('Both inputs of a password must be equal', async t => {
  const { env } = createCli(t)
  const { streams, screen } = createScreen([`${password}\r`, 'another password, quite long\r'])
  t.equal(await run(['users', 'create', 'alice'], { ...streams, env }), 2)
  t.equal(screen.text, 'Password: \nRepeat password: \nThe passwords do not match.\n')
})

test('Ctrl-C, Ctrl-D, an empty line and the end of the input end the command with 1', async t => {
  const { env } = createCli(t)
  for (const key of ['\u0003', '\u0004', '\r']) {
    const { streams, screen } = createScreen([key])
    t.equal(await run(['users', 'set-password', 'alice'], { ...streams, env }), 1)
    t.equal(screen.text, 'Password: \nNo password was entered.\n')
  }
  const { streams, stdin } = createScreen([])
  stdin.end()
  await t.rejects(createTerminal(streams).readNewPassword({}), { message: 'No password was entered.' })
})

test('Refuses to prompt without a terminal, or if the prompt would go to a file', async t => {
  const { sallyport } = createCli(t)
  const refusal = { code: 2, out: '', err: 'No terminal to ask for the password. Use --password-stdin.\n' }
  t.same(await sallyport(['users', 'create', 'alice']), refusal)
  t.same(await sallyport(['users', 'set-password', 'alice'], password), refusal)
  const { streams, screen } = createScreen([])
  streams.stderr.isTTY = false
  await t.rejects(createTerminal(streams).readNewPassword({}), { name: 'UsageError' })
  t.equal(screen.text, '')
})

test('An irreversible command asks for confirmation at the terminal, and runs after a yes', async t => {
  const { env, sallyport } = createCli(t)
  await sallyport(['clients', 'create', 'web', '--grants', 'password', '--scopes', 'me'])
  const create = () => sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  await create()
  const nothing = 'Nothing was done.\n'
  for (const answer of ['n\n', '\n', 'yess\n', '\u0004']) {
    const { streams, screen, stdin } = createScreen([answer])
    if (answer === '\u0004') stdin.end()
    t.equal(await run(['users', 'delete', 'alice'], { ...streams, env }), 1, answer)
    t.equal(screen.text, `Delete the account alice? [y/N] ${nothing}`)
  }
  for (const answer of ['y\n', 'YES \n']) {
    const { streams, screen } = createScreen([answer])
    t.equal(await run(['users', 'delete', 'alice'], { ...streams, env }), 0, answer)
    t.equal(screen.text, 'Delete the account alice? [y/N] ')
    await create()
  }
  const { streams, screen } = createScreen(['n\n'])
  t.equal(await run(['clients', 'delete', 'web'], { ...streams, env }), 1)
  t.equal(screen.text, `Delete the client web? [y/N] ${nothing}`)
  const { streams: asked, screen: question } = createScreen(['n\n'])
  t.equal(await run(['sessions', 'end', '--all'], { ...asked, env }), 1)
  t.equal(question.text, `End every login of every account and client? [y/N] ${nothing}`)
  const { streams: piped, screen: file } = createScreen([])
  piped.stderr.isTTY = false
  t.equal(await run(['clients', 'delete', 'web'], { ...piped, env }), 0)
  t.equal(file.text, '')
})

test('--password-stdin reads a pipe to its end, without the last line break, and refuses a terminal', async t => {
  const read = (bytes: string | Buffer) => {
    const { streams, stdin } = createScreen([])
    streams.stdin.isTTY = false
    stdin.end(bytes)
    return createTerminal(streams).readNewPassword({ passwordStdin: true })
  }
  t.equal(await read('pass😀word'), 'pass😀word')
  t.equal(await read('\ufeffsecret\r\n'), 'secret', 'and PowerShell’s byte order mark')
  t.equal(await read(' a \n\n'), ' a \n')
  await t.rejects(read(Buffer.from([0x61, 0xff])), {
    name: 'UsageError',
    message: 'The password on standard input is not UTF-8.'
  })
  // A terminal would show the password.
  const { streams } = createScreen([])
  await t.rejects(createTerminal(streams).readNewPassword({ passwordStdin: true }), { name: 'UsageError' })
})

test('Output that cannot be written ends the process with 1, except when the reader of a pipe has closed it', async t => {
  const exits = t.capture(process, 'exit', () => undefined as never)
  const { streams, screen } = createScreen([])
  createTerminal(streams)
  for (const stream of [streams.stdout, streams.stderr]) {
    stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    t.strictSame(exits(), [])
    stream.emit('error', Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' }))
    t.match(exits(), [{ args: [1] }])
  }
  t.equal(screen.text, 'Cannot write the output: ENOSPC\n')
})

test('A full disk below the output is said in a line, without a stack', async t => {
  const { env } = createCli(t)
  const full = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(full))
  const [file, ...first] = builtAlone
  for (const command of ['list', 'export']) {
    const stdio = ['ignore', full, 'pipe'] as const
    const child = spawn(file, [...first, 'users', command], { env: { ...process.env, ...env }, stdio: [...stdio] })
    const [[code], err] = await Promise.all([once(child, 'exit'), text(child.stderr as Readable)])
    t.strictSame([code, err], [1, 'Cannot write the output: ENOSPC\n'], command)
  }
})

test('A progress line is replaced by the next line of any kind, and shown only on a terminal', async t => {
  leapingTime(t, 3000)
  const { streams, screen, stdout } = createScreen([])
  const terminal = createTerminal(streams)
  const clear = '\r\u001b[K'
  await terminal.track(async report => {
    report('one')
    report('two')
    terminal.print('printed')
    terminal.warn('warned')
    report('three')
    terminal.warn('warned')
  })
  t.equal(screen.text, `one, 3 s${clear}two, 3 s${clear}warned\nthree, 3 s${clear}warned\n`)
  stdout.end()
  t.equal(await text(stdout), 'printed\n')

  const pipe = createScreen([])
  pipe.streams.stderr.isTTY = false
  const piped = createTerminal(pipe.streams)
  await piped.track(async report => report('one'))
  piped.warn('warned')
  t.equal(pipe.screen.text, 'warned\n')
})

/** Chunks of a long text, and the number of chunks created. */
function createText() {
  const made = { count: 0 }
  async function* chunks() {
    for (; made.count < 100; made.count++) yield 'x'.repeat(10_000)
  }
  return { made, chunks: chunks() }
}

test('A long text is printed no faster than it is read', async t => {
  const { streams, stdout } = createScreen([])
  const { made, chunks } = createText()
  const poured = createTerminal(streams).pour(chunks)
  await new Promise(resolve => setImmediate(resolve))
  t.ok(made.count < 20, `${made.count} pieces were created before the first read`)
  const all = text(stdout)
  await poured
  t.notOk(stdout.writableEnded, 'there may be more to print')
  stdout.end()
  t.equal((await all).length, 1_000_000)
})

test('A long text ends when its reader closes, and fails when its source fails', async t => {
  const { streams, stdout } = createScreen([])
  const { made, chunks } = createText()
  const poured = createTerminal(streams).pour(chunks)
  stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  await t.resolves(poured)
  t.ok(made.count < 20)

  const broken = async function* () {
    yield 'x'
    throw new Error('the database is gone')
  }
  await t.rejects(createTerminal(createScreen([]).streams).pour(broken()), { message: 'the database is gone' })
})
