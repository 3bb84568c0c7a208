import { createClient, webStorage } from 'sallyport/client'

export const server = import.meta.env.VITE_SALLYPORT ?? 'http://127.0.0.1:3000'
export const client = createClient({ url: server, storage: webStorage(localStorage) })

/** Whether the browser and the server have passkeys. */
export const hasPasskeys: Promise<boolean> =
  'PublicKeyCredential' in window
    ? fetch(`${server}/.well-known/webauthn`).then(
        ({ ok }) => ok,
        () => false
      )
    : Promise.resolve(false)

/** The JSON of a request with the access token. Rejects with the detail of a refusal. */
export async function call(path: string, body?: object) {
  const headers = { 'Content-Type': 'application/json' }
  const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : {}
  const answer = await client.fetch(server + path, init)
  const result = await answer.json()
  if (!answer.ok) throw new Error(result.detail)
  return result
}
