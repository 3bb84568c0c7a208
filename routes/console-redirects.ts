import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

/** Leads browsers to the console. `issuerPath` is the path of the issuer. */
const consoleRedirects: FastifyPluginAsyncTypebox<{ issuerPath: string }> = async (app, { issuerPath }) => {
  const schema = { hide: true }
  const home = `${issuerPath}/console/`

  app.get('/', { schema }, async function redirectBrowser(request, reply) {
    const vary = reply.getHeader('Vary')
    reply.header('Vary', vary ? `${vary}, Accept` : 'Accept')
    if (!request.headers.accept?.includes('text/html')) return reply.callNotFound()
    return reply.redirect(home)
  })

  app.get('/console', { schema }, async function redirectToConsole(_request, reply) {
    return reply.redirect(home)
  })

  // W3C: A Well-Known URL for Changing Passwords. Password managers open it.
  app.get('/.well-known/change-password', { schema }, async function redirectToPassword(_request, reply) {
    return reply.redirect(`${home}account/password`)
  })
}

export default consoleRedirects
