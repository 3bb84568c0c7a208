import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

/** The URLs that lead a browser to the console, below the path of the issuer. */
const consoleRedirects: FastifyPluginAsyncTypebox<{ issuerPath: string }> = async (app, { issuerPath }) => {
  const schema = { hide: true }

  app.get('/', { schema }, async function showConsole(request, reply) {
    const vary = reply.getHeader('Vary')
    reply.header('Vary', vary ? `${vary}, Accept` : 'Accept')
    if (!request.headers.accept?.includes('text/html')) return reply.callNotFound()
    return reply.redirect(`${issuerPath}/console/`)
  })

  app.get('/console', { schema }, async function addSlash(_request, reply) {
    return reply.redirect(`${issuerPath}/console/`)
  })

  // W3C, A Well-Known URL for Changing Passwords
  app.get('/.well-known/change-password', { schema }, async function changePassword(_request, reply) {
    return reply.redirect(`${issuerPath}/console/account/password`)
  })
}

export default consoleRedirects
