import { createClient, stepUpAsked, webStorage } from 'sallyport/client'
import { ask } from './question.ts'

const server = import.meta.env.VITE_SALLYPORT ?? 'http://127.0.0.1:3000'
export const client = createClient({ url: server, storage: webStorage(localStorage) })

/**
 * The JSON of a request with the access token. Asks the user first if the server wants a recent login or a second
 * factor. Rejects with the detail and the code of a refusal.
 */
export async function call(path: string, body?: object) {
  const headers = { 'Content-Type': 'application/json' }
  const send = () => client.fetch(server + path, body && { method: 'POST', headers, body: JSON.stringify(body) })
  let answer = await send()
  const asked = stepUpAsked(answer)
  if (asked && (await client.stepUp({ ...asked, secondFactor: ask }))) answer = await send()
  const result = await answer.json()
  if (!answer.ok) throw Object.assign(new Error(result.detail), { code: result.code })
  return result
}
