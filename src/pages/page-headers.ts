const none = ["'none'"]
/** This server as a CSP 3 source. */
export const self = "'self'"

/** The resources that a page needs, as CSP 3 sources. Everything else is blocked. */
export interface PageNeeds {
  /** The sources that it loads from, by directive, and whether its scripts assign only trusted types. */
  loads: Partial<Record<'script-src' | 'style-src' | 'img-src' | 'connect-src' | 'require-trusted-types-for', string[]>>
  /** The targets of its forms. */
  forms?: string[]
}

/**
 * The headers of HTML pages, as options of helmet. A page loads only what it needs (CSP 3 §6), cannot be framed, shares
 * no browsing context group with other sites, and sends no referrer.
 */
export function pageHeaders({ loads, forms = none }: PageNeeds) {
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
    // plugins/http/headers.ts sets it on every response.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' }
  } as const
}

/** The header, which helmet does not set, that turns off unused browser features (Permissions Policy §6.2). */
export const permissionsPolicy = 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'
