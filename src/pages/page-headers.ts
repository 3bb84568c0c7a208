const none = ["'none'"]
/** This server, in the syntax of CSP 3. */
export const self = "'self'"

/** The resources that a page needs, with every source in the syntax of CSP 3; everything absent is blocked. */
export interface PageNeeds {
  /** The sources that it loads from, by the directive that allows them. */
  loads: Partial<Record<'script-src' | 'style-src' | 'img-src' | 'connect-src', string[]>>
  /** The targets of its forms. */
  forms?: string[]
}

/**
 * The headers of HTML pages, as options of helmet: a page loads only what it needs (CSP 3 §6), it cannot be framed or
 * opened into another site's window group, and it sends no referrer. Includes HSTS (RFC 6797), for one year and without
 * subdomains, where `issuer` is https.
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

/** A header that helmet does not set: browser features that no page of this server uses (Permissions Policy §6.2). */
export const permissionsPolicy = 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'
