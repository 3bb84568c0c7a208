/** What a page loads and does beside its own files; every source in the words of CSP 3. */
export interface PageNeeds {
  /** Sources of images beside this server. */
  images?: string[]
}

/**
 * The headers of HTML pages, as options of helmet: everything that a page loads comes from this server, no script and no
 * style is written into it (CSP 3 §6), it cannot be framed or opened into another site's window group, and tells nobody
 * where its reader comes from. HSTS (RFC 6797), a year long and without subdomains, where `issuer` is https.
 */
export function pageHeaders(issuer: string, { images = [] }: PageNeeds = {}) {
  const self = ["'self'"]
  const none = ["'none'"]
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': none,
        'script-src': self,
        'style-src': self,
        'img-src': [...self, ...images],
        'connect-src': self,
        'base-uri': none,
        'form-action': none,
        'frame-ancestors': none
      }
    },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: issuer.startsWith('https:') && { maxAge: 31_536_000, includeSubDomains: false },
    xFrameOptions: { action: 'deny' }
  } as const
}

/** What helmet has no word for: what no page of this server asks the browser for (Permissions Policy §6.2). */
export const permissionsPolicy = 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'
