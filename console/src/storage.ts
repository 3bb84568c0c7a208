import type { WebStorage } from '@sallyport/client'

/** An area of this browser's storage. `undefined` where the browser denies it, and outside of a browser. */
function area(name: 'localStorage' | 'sessionStorage'): WebStorage | undefined {
  try {
    return (globalThis as Partial<Record<typeof name, WebStorage>>)[name]
  } catch {}
}

/** The storage of the tab, and that of all tabs of the browser. */
export const ofTab = area('sessionStorage')
export const ofBrowser = area('localStorage')
