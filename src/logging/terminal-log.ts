import { type Colour, paint } from '../base/colours.ts'
import { visible } from '../base/visible.ts'

/** The members of a response and its request that a line shows. */
interface Response {
  method: string
  path: string
  statusCode: number
}

/** A line of the log, as Fastify's logger writes it in JSON. */
interface Line {
  level: number
  time: number
  msg?: string
  err?: { message?: string; stack?: string; code?: unknown }
  req?: unknown
  res?: Partial<Response>
  responseTime?: number
  error?: unknown
  [member: string]: unknown
}

const levels: { from: number; name: string; colour: Colour | undefined }[] = [
  { from: 60, name: 'FATAL', colour: 'red' },
  { from: 50, name: 'ERROR', colour: 'red' },
  { from: 40, name: 'WARN', colour: 'yellow' },
  { from: 30, name: 'INFO', colour: undefined },
  { from: 20, name: 'DEBUG', colour: undefined },
  { from: 0, name: 'TRACE', colour: undefined }
]

/**
 * A stream that turns the log from JSON into text for a terminal: one line for each request, when it has its response,
 * and one for each other event, with the stack of an unexpected error below. `hasColors` is that of a terminal, which
 * respects NO_COLOR.
 */
export function createTerminalLog(out: { write(text: string): unknown; hasColors?(): boolean }) {
  function describe({ level, time: _, pid, hostname, reqId, msg = '', err, req, res, responseTime, ...rest }: Line) {
    if (res?.method !== undefined && responseTime !== undefined && !err)
      return [describeRequest(res as Response, responseTime, rest.error)]
    const { name, colour } = levels.find(({ from }) => level >= from) as (typeof levels)[number]
    const more = Object.entries(rest).map(([member, value]) => `${member}=${textOf(value)}`)
    const text = visible([err?.message ? `${msg}: ${err.message}` : msg, ...more].join('  '))
    const stack = err?.stack !== undefined && !isExpected(err) ? stackOf(err.stack) : []
    return [`${paint(out, name, colour)} ${text}`, ...stack]
  }

  function describeRequest({ method, path, statusCode }: Response, ms: number, error?: unknown) {
    const colour = statusCode >= 500 ? 'red' : statusCode >= 400 ? 'yellow' : undefined
    const answer = [
      paint(out, String(statusCode), colour),
      ...(error === undefined ? [] : [visible(String(error))])
    ].join(' ')
    return `${method} ${visible(path)} ${answer} ${Math.round(ms)} ms`
  }

  return {
    write(json: string) {
      const line: Line = JSON.parse(json)
      // The line of its response names the request too.
      if (line.msg === 'incoming request' && line.req !== undefined) return
      out.write(`${clock(line.time)} ${describe(line).join('\n')}\n`)
    }
  }
}

/** Local time, as HH:MM:SS. */
const clock = (time: number) => new Date(time).toTimeString().slice(0, 8)

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

/** Whether the message says it all: another system is down or refuses. */
const isExpected = ({ code }: NonNullable<Line['err']>) => /^(unavailable|E[A-Z]+)$/.test(String(code))

const stackOf = (stack: string) => stack.split('\n').flatMap(line => (/^ {4}at /.test(line) ? [visible(line)] : []))
