/** Programs that use the server at a URL, by the language or the library. */
export const code: Record<string, (url: string) => string> = {
  curl: url => `curl ${url}/token \\
  -d grant_type=password \\
  -d username=alice \\
  --data-urlencode 'password=correct horse battery staple'`,

  JavaScript: url => `import { createClient, webStorage } from 'sallyport/client'

const client = createClient({ url: '${url}', storage: webStorage(localStorage) })
await client.signIn({ username: 'alice', password: 'correct horse battery staple' })
const me = await client.fetch('${url}/users/me')
console.log(await me.json())`,

  React: url => `import { createClient, webStorage } from 'sallyport/client'
import { useSession } from 'sallyport/client/react'

const client = createClient({ url: '${url}', storage: webStorage(localStorage) })

export function Login() {
  const { isLoading, user, error, signIn, signOut } = useSession(client)
  if (isLoading) return null
  if (user) return <button onClick={signOut}>Sign out {user.username}</button>
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        signIn(Object.fromEntries(new FormData(event.currentTarget)))
      }}
    >
      <input name="username" autoComplete="username" />
      <input name="password" type="password" autoComplete="current-password" />
      <button>Sign in</button>
      <p role="alert">{error?.message}</p>
    </form>
  )
}`,

  Fastify: url => `import Fastify from 'fastify'
import verifier from 'sallyport/verifier'

const issuer = '${url}'
const app = Fastify()
// API_URL is the URL of this API, as clients know it.
await app.register(verifier, { issuer, audience: issuer, url: process.env.API_URL })

app.get('/orders', { onRequest: app.requireScope('me') }, async request => ({
  ordersOf: request.accessToken.username
}))
await app.listen({ port: 4000 })`,

  Python: url => `# ISSUER=${url} API_URL=… uvicorn main:app
# access_tokens.py is in examples/fastapi-items of Sallyport.
from typing import Annotated
from access_tokens import get_claims
from fastapi import FastAPI, Security

app = FastAPI()

@app.get("/orders")
def read_orders(claims: Annotated[dict, Security(get_claims, scopes=["me"])]):
    return {"ordersOf": claims["sub"]}`
}
