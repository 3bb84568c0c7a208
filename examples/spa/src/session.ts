import { createClient, stepUpAsked, webStorage } from 'sallyport/client'
import { open, shown } from './page.ts'
import { ask } from './prove.ts'

const server = import.meta.env.VITE_SALLYPORT ?? 'http://127.0.0.1:3000'
export const client = createClient({ url: server, storage: webStorage(localStorage) })

/**
 * The JSON of a request with the access token. Asks the user first if the server wants a recent login or a second
 * factor. Rejects with the detail of a refusal.
 */
export async function call(path: string, body?: object) {
  const headers = { 'Content-Type': 'application/json' }
  const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : {}
  let answer = await client.fetch(server + path, init)
  if (await stepUp(answer)) answer = await client.fetch(server + path, init)
  const result = await answer.json()
  if (answer.status === 404) throw new Error('The server does not offer this.')
  if (!answer.ok) throw new Error(result.detail)
  return result
}

/** Whether the login is now what the answer asks for. Shows the same part of the page again. */
async function stepUp(answer: Response) {
  const asked = stepUpAsked(answer)
  if (!asked) return false
  const part = shown()
  try {
    // An account without a second factor is asked for a recent login only.
    return await client.stepUp({ ...asked, secondFactor: ask(asked.acr ? 'otp' : 'password') })
  } finally {
    if (shown() === 'prove') open(part)
  }
}
