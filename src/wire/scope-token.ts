const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Whether `text` is a scope-token (RFC 6749 §3.3). */
export const isScope = (text: string) => scopeToken.test(text)
