const assets = new URL('.', import.meta.url)

/** The URL of the server, as this browser reaches it. */
export const server = new URL('../..', assets).href.replace(/\/$/, '')

/** The path of the console, without a trailing slash. */
export const consolePath = new URL('..', assets).pathname.replace(/\/$/, '')
