const none = ["'none'"]
/** This server, in the words of CSP 3. */
export const self = "'self'"

/** What a page does, every source in the words of CSP 3; what is absent it does not do. */
export interface PageNeeds {
  /** What it loads, by the directive that lets it. */
  loads: Partial<Record<'script-src' | 'style-src' | 'img-src' | 'connect-src', string[]>>
  /** Where its forms are sent. */
  forms?: string[]
}

/**
 * The headers of HTML pages, as options of helmet: a page loads what it needs and nothing else (CSP 3 §6), it cannot be
 * framed or opened into another site's window group, and tells nobody where its reader comes from. HSTS (RFC 6797), a
 * year long and without subdomains, where `issuer` is https.
 */
export function pageHeaders(issuer: string, { loads, forms = none }: PageNeeds) {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': none,
        ...loads,
        'base-uri': none,
        'form-action': forms,
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
