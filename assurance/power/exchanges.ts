import { pathOf, stringsOf } from './arguments.ts'
import type { Call } from './strace.ts'

/** A request as it came through a socket. */
export interface Request {
  method: string
  path: string
  /** The claims of the access token. */
  caller: Record<string, unknown>
  body: Record<string, unknown>
}

/** An answer at the moment when the server gives it to the socket. */
export interface Response {
  status: number
  body: Record<string, unknown>
}

/** The claims of an access token, which is not verified. */
export const claimsOf = (token: unknown): Record<string, unknown> =>
  JSON.parse(String(Buffer.from(String(token).split('.')[1] ?? '', 'base64url')) || '{}')

/** Finds the requests and answers of HTTP/1.1 in the calls about sockets, and the records that a command prints. */
export function createExchanges(on: {
  asked(request: Request): void
  answered(request: Request, response: Response): void
  printed(record: Record<string, unknown>): void
}) {
  const received = new Map<string, string>()
  const asked = new Map<string, Request>()
  const isOutput = ({ text }: Call) => text.startsWith('1<')
  const socketOf = ({ text }: Call) => /^\d+<socket:/.test(text) && pathOf(text)

  return {
    begin(call: Call) {
      if (!/^writev?$/.test(call.name)) return
      const socket = socketOf(call)
      const text = socket || isOutput(call) ? Buffer.concat(stringsOf(call.text)).toString() : ''
      if (!socket) return on.printed(json(text))
      const [, status] = /^HTTP\/1\.1 ([2-5]\d\d)/.exec(text) ?? []
      const request = asked.get(socket)
      if (!status || !request) return
      asked.delete(socket)
      on.answered(request, { status: Number(status), body: json(text.slice(text.indexOf('\r\n\r\n'))) })
    },
    end(call: Call) {
      const socket = call.name === 'read' && Number(call.result) > 0 && socketOf(call)
      if (!socket) return
      const text = (received.get(socket) ?? '') + String(stringsOf(call.text)[0])
      const request = whole(text)
      received.set(socket, request ? '' : text)
      if (!request) return
      asked.set(socket, request)
      on.asked(request)
    }
  }
}

function whole(text: string): Request | undefined {
  const end = text.indexOf('\r\n\r\n')
  const [, method, path] = /^([A-Z]+) (\S+) HTTP\/1\.1\r\n/.exec(text) ?? []
  if (!method || !path || end < 0) return undefined
  const head = text.slice(0, end)
  const body = text.slice(end + 4)
  if (body.length < Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)) return undefined
  const isForm = /^content-type: application\/x-www-form-urlencoded/im.test(head)
  return {
    method,
    path,
    caller: claimsOf(/^authorization: Bearer (\S+)/im.exec(head)?.[1]),
    body: isForm ? Object.fromEntries(new URLSearchParams(body)) : json(body)
  }
}

const json = (text: string) => (text.trim().startsWith('{') ? JSON.parse(text) : {})
