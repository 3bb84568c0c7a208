/** Whole seconds since the epoch, as JWTs have them (RFC 7519 §2). */
export const secondsOf = (time: Date) => Math.floor(time.getTime() / 1000)

/** The time so many seconds after another. */
export const after = (from: Date, seconds: number) => new Date(from.getTime() + seconds * 1000)

export const earlier = (a: Date, b: Date) => (a < b ? a : b)
export const later = (a: Date, b: Date) => (a > b ? a : b)
