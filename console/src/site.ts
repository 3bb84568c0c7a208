const named = document.querySelector<HTMLMetaElement>('meta[name=application-name]')

/** The name of the site, which the server has written into the page. */
export const site = named?.content ?? ''
